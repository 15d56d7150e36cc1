"""The rules, one file for each family. Importing this package registers them in a fixed order.

Must not live here: what a rule is and how rules run (`judge/rule.py`).
"""

from harness.judge.rule import RULES, Rule
from harness.judge.rules import (  # noqa: F401, I001 - importing registers, in the order of reports
    refer,
    referee,
    notify,
    sipfrag,
    subscription,
    dialog,
    transaction,
    message,
)

ALL: dict[str, Rule] = RULES
"""Every rule by id, in fixed order."""
