"""How often each rule was applicable over all runs of an invocation, and what came of it.

Counted from the entries alone, so that runs of several processes add up. Must not live here: the verdict
of a rule in one run (`make.py`).
"""

from collections import Counter
from collections.abc import Iterable

from harness.judge.rule_remedies import REMEDIES
from harness.judge.rules import ALL
from harness.results.model import RuleTotal, RunEntry


def rule_totals(runs: Iterable[RunEntry]) -> tuple[RuleTotal, ...]:
    """A row for every rule there is, in fixed order; none when no run was judged."""
    counts = Counter(item for run in runs for item in run.rule_verdicts.items())
    if not counts:
        return ()
    return tuple(
        RuleTotal(
            rule=each.id,
            level=each.info.level,
            severity=each.info.severity,
            profile=each.info.profile,
            cites=each.info.cites,
            text=each.info.text,
            remedy=REMEDIES.get(each.id, ""),
            applicable=sum(counts[each.id, verdict] for verdict in _VERDICTS),
            passed=counts[each.id, "pass"],
            failed=counts[each.id, "fail"],
            warned=counts[each.id, "warn"],
            informed=counts[each.id, "info"],
            inconclusive=counts[each.id, "inconclusive"],
        )
        for each in ALL.values()
    )


_VERDICTS = ("pass", "fail", "warn", "info", "inconclusive")
