"""Virtual time: one queue, integer nanoseconds, deterministic to the byte."""
