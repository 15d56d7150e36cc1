"""The carrier: a B2BUA that executes REFER, whose behaviour is data (`profiles.py`)."""
