"""The names a scenario may use for carriers, with their one-sentence descriptions."""

from harness.actors.carrier import profiles

PROFILES: dict[str, str] = {name: text for name, (text, _) in profiles.PROFILES.items()}
QUIRKS: dict[str, str] = {name: quirk.text for name, quirk in profiles.QUIRKS.items()}
