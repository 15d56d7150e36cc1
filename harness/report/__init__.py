"""What people read: terminal, HTML page, JUnit. Pure functions of results and traces.

Must not live here: playing, judging, the command line; `suite` is not known here.
"""
