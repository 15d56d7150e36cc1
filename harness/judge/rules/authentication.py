"""Rules on challenges, the answers to them, and REFERs that nobody vouched for.

Must not live here: whether a 401 or 407 carries a challenge at all (`message.py`).
"""

from collections.abc import Iterator

from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import answerer, arrival_ns, facts_of, in_dialog
from harness.judge.thresholds import PROMPT_NS
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Leg, Transaction, Transfer
from harness.wire.sip.digest import Challenge, Credentials
from harness.wire.sip.message import Message

_CREDENTIALS = ("authorization", "proxy-authorization")
_CHALLENGES = ("www-authenticate", "proxy-authenticate")


def _credentials(message: Message) -> tuple[str, ...]:
    return tuple(row for name in _CREDENTIALS for row in message.rows(name))


def _challenges(message: Message) -> list[Challenge]:
    return [Challenge.parse(row) for name in _CHALLENGES for row in message.rows(name)]


def _challenged(case: Case) -> Iterator[tuple[Transaction, MessageEntry]]:
    """(transaction, its 401 or 407)."""
    for transaction, final in facts_of(case).refusals:
        if final.message.status in (401, 407):
            yield transaction, final


def _retry(case: Case, challenged: Transaction, final: MessageEntry) -> Transaction | None:
    """The same request again within 4 s of the challenge, told by sender, method, URI and addresses."""
    asked = challenged.request.message
    for other in facts_of(case).transactions:
        if other.method != challenged.method or other.sender != challenged.sender:
            continue
        message = other.request.message
        if not arrival_ns(final) <= other.request.at_ns <= arrival_ns(final) + PROMPT_NS:
            continue
        if (message.uri, message.first("refer-to")) == (asked.uri, asked.first("refer-to")):
            return other
    return None


@rule(
    "RFC3261-8.1.3.5-1",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 3261 section 8.1.3.5",
    role="any",
    text="A challenge is answered by the same request with credentials: same Call-ID and tags, higher CSeq",
)
def challenge_is_answered_well(case: Case) -> Iterator[Check]:
    """Judge the request that follows a 401 or 407; who gives up is not judged here."""
    for transaction, final in _challenged(case):
        again = _retry(case, transaction, final)
        if again is None:
            continue
        wrong = _wrong_retry(transaction, again)
        if wrong is None:
            yield PASSED
        else:
            text = f"{again.method} was repeated after the {final.message.status} {wrong}"
            yield Check.failed(text, again.request, final, who=again.sender)


def _wrong_retry(first: Transaction, again: Transaction) -> str | None:
    asked, message = first.request.message, again.request.message
    if not _credentials(message):
        return "without credentials"
    if message.call_id != asked.call_id:
        return f"with another Call-ID ({message.call_id})"
    if message.from_tag != asked.from_tag or message.to_tag != asked.to_tag:
        return "with another From or To tag"
    if message.cseq_number <= asked.cseq_number:
        return f"with CSeq {message.cseq_number}, which is not higher"
    return None


@rule(
    "RFC3261-22.1-1",
    level="MUST NOT",
    severity="interop-risk",
    cites="RFC 3261 section 22.1",
    role="any",
    text="ACK and CANCEL are not challenged, Basic is not used, and rejected credentials are not sent again",
)
def challenges_are_fair(case: Case) -> Iterator[Check]:
    """Look at every 401 and 407, and at the credentials of the request after it."""
    for transaction, final in _challenged(case):
        who = answerer(transaction, final)
        if transaction.method in ("ACK", "CANCEL"):
            text = f"a {transaction.method} was challenged with {final.message.status}"
            yield Check.failed(text, final, transaction.request, who=who)
            continue
        offered = _challenges(final.message)
        if any(challenge.scheme.lower() == "basic" for challenge in offered):
            text = f"the {final.message.status} asks for Basic authentication"
            yield Check.failed(text, final, who=who)
            continue
        sent = _credentials(transaction.request.message)
        again = _retry(case, transaction, final) if sent else None
        if again is not None and sent == _credentials(again.request.message):
            text = f"{again.method} was repeated with the credentials that had been rejected"
            yield Check.failed(text, again.request, final, who=again.sender)
        else:
            yield PASSED


def _without_qop(case: Case) -> Iterator[tuple[Transaction, MessageEntry, bool]]:
    """Every Digest challenge of a case, and whether it lacks qop."""
    for transaction, final in _challenged(case):
        offered = [each for each in _challenges(final.message) if each.scheme.lower() == "digest"]
        if offered:
            yield transaction, final, any(not challenge.qop for challenge in offered)


@rule(
    "RFC8760-2.6-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 8760 section 2.6",
    role="any",
    text="A challenge has qop, and its answer uses it",
    profile="rfc8760",
)
def qop_is_used(case: Case) -> Iterator[Check]:
    """Look for qop in Digest challenges, and in the credentials that answer one with qop."""
    for transaction, final, lacks in _without_qop(case):
        again = None if lacks else _retry(case, transaction, final)
        rows = () if again is None else _credentials(again.request.message)
        if lacks:
            text = f"the challenge of the {final.message.status} has no qop"
            yield Check.failed(text, final, who=answerer(transaction, final))
        elif again is not None and rows and not any(Credentials.parse(row).qop for row in rows):
            text = f"the credentials of the repeated {again.method} have no qop, although it was offered"
            yield Check.failed(text, again.request, final, who=again.sender)
        else:
            yield PASSED


@rule(
    "challenge-carries-qop",
    level="PRACTICE",
    severity="interop-risk",
    cites="RFC 3261 section 22.4",
    role="any",
    text="Every Digest challenge has qop.",
)
def challenge_has_qop(case: Case) -> Iterator[Check]:
    """RFC 3261 section 22.4 wants it of every server, whatever it follows otherwise."""
    for transaction, final, lacks in _without_qop(case):
        if lacks:
            text = f"the challenge of the {final.message.status} has no qop"
            yield Check.failed(text, final, who=answerer(transaction, final))
        else:
            yield PASSED


@rule(
    "unauthenticated-refer-accepted",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="RFC 5589 section 12",
    role="referee",
    text="A REFER is accepted only from somebody who is known: in a call, or with credentials.",
)
def refer_is_vouched_for(case: Case) -> Iterator[Check]:
    """Judge accepted REFERs outside a call; it fails where other requests were challenged."""
    facts = facts_of(case)
    for transfer in case.transfers:
        final, asked = transfer.refer.final, transfer.refer.request
        if final is None or not transfer.accepted:
            continue
        if transfer.about is not None or _credentials(asked.message):
            yield PASSED
            continue
        careful = any(
            each.reached == transfer.referee and end.message.status in (401, 407)
            for each, end in facts.refusals
        )
        text = "a REFER that belongs to no call was accepted without credentials"
        blame = Check.failed if careful else Check.informed
        yield blame(text, final, asked, who=transfer.referee)


@rule(
    "refer-from-other-source-accepted",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="RFC 5589 section 12",
    role="referee",
    text="A REFER in a call comes from where the other side of the call is, or with credentials.",
)
def refer_comes_from_the_peer(case: Case) -> Iterator[Check]:
    """Compare the host it came from with those that spoke for its tag before."""
    for transfer in case.transfers:
        leg, asked = transfer.leg, transfer.refer.request
        if leg is None or not transfer.accepted or not in_dialog(transfer.refer):
            continue
        known = _hosts(leg, transfer)
        if not known:
            continue
        if asked.source.host in known or _credentials(asked.message):
            yield PASSED
        else:
            text = f"a REFER from {asked.source.host} was accepted in a call with {', '.join(sorted(known))}"
            yield Check.failed(text, transfer.refer.final, asked, who=transfer.referee)


def _hosts(leg: Leg, transfer: Transfer) -> set[str]:
    """The hosts from which messages with the REFER's From tag had come on this leg."""
    tag, before = transfer.refer.request.message.from_tag, transfer.refer.request.n
    found: set[str] = set()
    for transaction in leg.transactions:
        entry = transaction.request
        if entry.n < before and entry.message.from_tag == tag:
            found.add(entry.source.host)
        for answer in transaction.responses[-1:]:
            if answer.n < before and answer.message.to_tag == tag:
                found.add(answer.source.host)
    return found
