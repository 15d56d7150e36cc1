"""The engine: RFC machines as tables, legs, scripts and the host that holds them.

No clock, no chance, no socket: time comes in with every call, chance from seeded streams, bytes
leave as commands. The judge never imports anything from here.
"""
