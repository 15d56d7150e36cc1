"""The rules, one file for each family. Importing this package registers them in a fixed order.

Must not live here: what a rule is and how rules run (`judge/rule.py`).
"""

from harness.judge.rule import RULES, Rule

ALL: dict[str, Rule] = RULES
"""Every rule by id, in fixed order."""
