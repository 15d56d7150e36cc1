"""From a trace to cases: transactions, legs, transfers and their grouping, from messages alone.

The entry to reconstruction; the steps are in `transactions.py`, `legs.py`, `transfers.py` (with
`triggered.py` and `bridges.py`) and `cases.py`. Nothing a player knew is used, so a capture of
anybody's systems is read like a run of our own.
"""

from harness.trace import cases, legs, transactions, transfers
from harness.trace.entries import Trace
from harness.trace.model import Case


def rebuild(trace: Trace) -> list[Case]:
    """Everything that the messages of a trace amount to. Never raises on what a peer sent.

    Cases come in the order of their first messages, and so do legs and transfers within them. Each
    message of the trace is in exactly one case, with the ports that the parties listen on (`at_home`).
    """
    trace = transactions.at_home(trace)
    exchanges = transactions.collect(trace)
    calls = legs.collect(exchanges)
    found = transfers.collect(calls, exchanges.transactions)
    return cases.collect(trace, calls, found, exchanges.strays)
