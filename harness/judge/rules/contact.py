"""Whether a Contact leads back to who wrote it. Must not live here: how many there are (`message.py`)."""

from collections.abc import Iterator

from harness.base.endpoint import Endpoint
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import facts_of, nobody_there
from harness.trace.model import Case


@rule(
    "contact-leads-back",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="RFC 3261 section 8.1.1.8",
    role="any",
    text="A Contact names the address at which its sender listens",
)
def contact_leads_back(case: Case) -> Iterator[Check]:
    """Tell the first such Contact of each party; decidable only where every party is known."""
    facts = facts_of(case)
    if not facts.closed:
        return
    told: list[Endpoint] = []
    for transaction in facts.transactions:
        answers = () if transaction.onward else transaction.responses
        own = [(transaction.request, transaction.sender), *((one, transaction.receiver) for one in answers)]
        for entry, home in own if len(transaction.request.message.values("via")) == 1 else ():
            contact = entry.message.contact
            if contact is None or home in told or 300 <= entry.message.status < 400:
                continue
            if nobody_there(facts, home):
                continue  # who sends from a strange address is no party of the cast
            named = Endpoint(contact.uri.host, contact.uri.port or 5060)
            if named == home or not named.host[:1].isdecimal():
                yield PASSED
            else:
                told.append(home)
                where = "nobody" if nobody_there(facts, named) else "somebody else"
                yield Check.failed(f"Contact names {named}, where {where} listens", entry, who=home)
