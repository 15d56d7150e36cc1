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
    text="A Contact names an address at which somebody listens",
)
def contact_leads_back(case: Case) -> Iterator[Check]:
    """Judge the first such Contact of each party; decidable only where every party is known."""
    facts = facts_of(case)
    if not facts.closed:
        return
    hosts = {member.endpoint.host for member in case.trace.header.cast}
    told: list[Endpoint] = []
    for entry in facts.messages:
        message = entry.message
        contact = message.contact
        redirects = 300 <= message.status < 400
        if contact is None or entry.source in told or redirects or not contact.uri.host[:1].isdecimal():
            continue
        named = Endpoint(contact.uri.host, contact.uri.port or 5060)
        if named.host in hosts and not nobody_there(facts, named):
            yield PASSED
        else:
            told.append(entry.source)
            text = f"Contact names {named}, where nobody listens"
            yield Check.failed(text, entry, who=entry.source)
