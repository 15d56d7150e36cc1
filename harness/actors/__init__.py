"""What the parties of a scenario do: caller, agent, human, carrier. Scripts on top of `protocol`."""
