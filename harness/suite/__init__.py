"""Many scenarios: found, played, judged, told as a stream of events that reports listen to.

The only package that joins scenario, actors, runtimes and judge. Must not live here: anything that is
printed (`report`, `cli`).
"""
