"""The rules, one file for each family. Importing this package registers them in a fixed order.

Must not live here: what a rule is and how rules run (`judge/rule.py`).
"""

# ruff: noqa: I001 - the order of the imports is the order of the rules in every report
from harness.judge.rule import RULES, Rule
from harness.judge.rules import (  # noqa: F401 - importing registers
    refer,
    reference,
    outside,
    suppression,
    referee,
    triggered,
    target_call,
    uri_forming,
    notify,
    pace,
    subscription_state,
    sipfrag,
    subscription,
    subscribe,
    dialog,
    dialog_identity,
    session,
    transaction,
    retransmission,
    repetition,
    glare,
    contact,
    message,
    form,
    authentication,
    flow,
    practice,
    context,
)

ALL: dict[str, Rule] = RULES
"""Every rule by id, in fixed order."""
