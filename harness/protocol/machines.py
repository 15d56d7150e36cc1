"""All machines of the engine in one list, and the page of the docs that is drawn from them.

`python -m harness.protocol.machines > docs/machines.md` writes the page; a test holds it fresh. Must
not live here: the machines themselves.
"""

import sys

from harness.protocol.leg_table import LEG
from harness.protocol.machine import Machine
from harness.protocol.offer import OFFER_ANSWER
from harness.protocol.subscription import NOTIFIER, SUBSCRIBER
from harness.protocol.transaction_tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
)

MACHINES: tuple[Machine, ...] = (
    INVITE_CLIENT,
    NON_INVITE_CLIENT,
    INVITE_SERVER,
    NON_INVITE_SERVER,
    LEG,
    OFFER_ANSWER,
    NOTIFIER,
    SUBSCRIBER,
)

HEAD = """# The machines of the engine

Drawn from the tables that play (`python -m harness.protocol.machines`). An arrow is one legal cell:
`event / actions`. Every other pair of state and event is illegal and changes nothing.
"""


def page() -> str:
    """The whole Markdown page, ending in one line feed."""
    return "\n".join([HEAD, *(_section(machine) for machine in MACHINES)])


def _section(machine: Machine) -> str:
    return f"## {machine.name}\n\n{machine.source}.\n\n```mermaid\n{machine.diagram()}```\n"


if __name__ == "__main__":
    sys.stdout.write(page())
