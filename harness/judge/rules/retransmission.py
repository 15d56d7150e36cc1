"""Rules on what is sent again: the same bytes, for a receiver knows a repetition by its branch alone.

Must not live here: when it is sent again (`transaction.py`).
"""

from collections.abc import Iterator, Sequence

from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import facts_of
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Transaction


@rule(
    "retransmission-is-identical",
    level="PRACTICE",
    severity="interop-risk",
    cites="RFC 3261 section 17",
    role="any",
    text="What is sent again under the same branch and CSeq has the same bytes",
)
def retransmission_is_identical(case: Case) -> Iterator[Check]:
    """Compare repeated requests, and repeated final responses of one user agent."""
    for transaction in facts_of(case).transactions:
        if transaction.copies:
            yield _compare([transaction.request, *transaction.copies], transaction.method)
        if len(transaction.responses) > 1:
            yield from _repeated_finals(transaction)


def _repeated_finals(transaction: Transaction) -> Iterator[Check]:
    """Forks have To tags of their own; two statuses are another rule's matter (RFC 3261 section 17.2.2)."""
    groups: dict[tuple[int, str], list[MessageEntry]] = {}
    for entry in transaction.responses:
        if entry.message.status >= 200:
            groups.setdefault((entry.message.status, entry.message.to_tag), []).append(entry)
    for (status, _), group in groups.items():
        if len(group) > 1:
            yield _compare(group, f"{status} to {transaction.method}")


def _compare(group: Sequence[MessageEntry], what: str) -> Check:
    other = next((entry for entry in group if entry.raw != group[0].raw), None)
    if other is None:
        return PASSED
    text = f"the {what} was sent again with other content"
    return Check.failed(text, other, group[0], who=other.source)
