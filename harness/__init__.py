"""siptransfer: proves what really happened when a voice agent transferred a call."""

__version__ = "0.1.0"
