"""The ground floor: time, chance, bounds, errors and places in files.

Nothing here knows of SIP. Nothing here reads a clock, draws true randomness or opens a socket.
"""
