"""A program that plays every flow with some loss and prints a digest of the whole traces.

`python -m tests.runtime.virtual.deterministic` must say the same wherever and however it runs.
"""

from hashlib import sha256

from harness.runtime.virtual.network import Link
from harness.trace.store import dumps
from tests.flows import FLOWS, played


def main() -> None:
    """One line for each flow."""
    for name, plan in FLOWS.items():
        trace = played(plan, seed=11, link=Link(loss_permille=100)).trace
        print(name, len(trace.entries), sha256(dumps(trace)).hexdigest())


if __name__ == "__main__":
    main()
