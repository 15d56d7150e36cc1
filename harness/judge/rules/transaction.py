"""Rules on single transactions: provisional and final responses, CANCEL, ACK to refusals.

Must not live here: what holds for every message by itself (`message.py`).
"""

from collections.abc import Iterator

from harness.base.instant import MS, format_duration
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import (
    answerer,
    arrival_ns,
    can_be_answered,
    facts_of,
    first_arrival,
    from_its_contact,
    on_datagrams,
)
from harness.judge.thresholds import EARLIEST_TRYING_NS, PROMPT_NS, SOON_NS, TRANSACTION_TIMEOUT_NS
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Leg, Transaction
from harness.wire.sip.headers import NameAddress, Via
from harness.wire.sip.message import Message
from harness.wire.sip.uri import Uri, equivalent


def _non_invite(case: Case) -> Iterator[Transaction]:
    for transaction in facts_of(case).transactions:
        if transaction.method not in ("INVITE", "ACK"):
            yield transaction


def _invites(case: Case) -> Iterator[tuple[Leg, Transaction]]:
    for leg in case.legs:
        for invite in leg.in_method("INVITE"):
            yield leg, invite


@rule(
    "RFC4320-4.1-1",
    level="MUST NOT",
    severity="interop-risk",
    cites="RFC 4320 section 4.1",
    role="any",
    text="Requests other than INVITE get no provisional response but a late 100",
)
def no_provisional_to_non_invite(case: Case) -> Iterator[Check]:
    """Judge 1xx to everything but INVITE; a 100 over UDP before 3.5 s is too early."""
    for transaction in _non_invite(case):
        early = None
        for entry in transaction.provisionals:
            status = entry.message.status
            delay_ns = entry.at_ns - transaction.request.at_ns
            if status != 100:
                early = f"{transaction.method} was answered with {status}"
            elif on_datagrams(entry) and delay_ns < EARLIEST_TRYING_NS:
                early = (
                    f"{transaction.method} was answered with 100 after {format_duration(delay_ns // MS * MS)}"
                )
            if early:
                yield Check.failed(early, entry, transaction.request, who=answerer(transaction, entry))
                break
        if early is None and transaction.responses:
            yield PASSED


@rule(
    "RFC4320-4.2-1",
    level="MUST NOT",
    severity="interop-risk",
    cites="RFC 4320 section 4.2",
    role="any",
    text="Nobody answers a request other than INVITE with 408",
)
def no_timeout_to_non_invite(case: Case) -> Iterator[Check]:
    """Judge final responses; a 408 inside a sipfrag is about an INVITE and right."""
    for transaction in _non_invite(case):
        final = transaction.final
        if final is None:
            continue
        if final.message.status != 408:
            yield PASSED
        else:
            text = f"{transaction.method} was answered with 408"
            yield Check.failed(text, final, transaction.request, who=answerer(transaction, final))


@rule(
    "RFC3261-17.2.2-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 17.2.2",
    role="any",
    text="A repeated request other than INVITE gets the same final response again",
)
def repeated_request_gets_same_answer(case: Case) -> Iterator[Check]:
    """Compare the final responses of each transaction that has several."""
    for transaction in _non_invite(case):
        finals = [entry for entry in transaction.responses if entry.message.status >= 200]
        if len(finals) < 2:
            continue
        other = next((entry for entry in finals if entry.message.status != finals[0].message.status), None)
        if other is None:
            yield PASSED
        else:
            first = finals[0].message.status
            text = f"{transaction.method} was answered {first} and then {other.message.status}"
            yield Check.failed(text, other, finals[0], who=answerer(transaction, other))


@rule(
    "RFC3261-8.2.6.2-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 8.2.6.2",
    role="any",
    text="Responses copy From, Call-ID, CSeq and Via, and all have one To tag",
)
def response_copies_request(case: Case) -> Iterator[Check]:
    """Compare responses with the request by value, and the To tags of one user agent's responses."""
    yield from _without_transaction(case)
    for transaction in facts_of(case).transactions:
        found = None
        for asked, entry in _answers(transaction):
            found = _not_copied(asked.message, entry.message)
            if found:
                yield Check.failed(found, entry, asked, who=entry.source)
                break
        two = None if found or transaction.onward else _second_tag(transaction)
        if two is not None:
            yield two
        elif not found and transaction.responses:
            yield PASSED


def _answers(transaction: Transaction) -> Iterator[tuple[MessageEntry, MessageEntry]]:
    """Each response with its request, hop by hop."""
    for hop in transaction.hops():
        for entry in (*hop.responses, *hop.spoilt):
            yield hop.request, entry


def _not_copied(asked: Message, answer: Message) -> str | None:
    if asked.first("from") != answer.first("from") and not _same_address(asked.from_, answer.from_):
        return f"From {asked.first('from')} came back as {answer.first('from')}"
    if asked.call_id != answer.call_id or asked.cseq_number != answer.cseq_number:
        return "Call-ID or CSeq of the response is not that of the request"
    if answer.first("to") is None:
        return f"the {answer.status} has no To"
    if asked.to.uri.text != answer.to.uri.text and not equivalent(asked.to.uri, answer.to.uri):
        return f"To {asked.first('to')} came back as {answer.first('to')}"
    if asked.to_tag and answer.to_tag != asked.to_tag:
        return f"the To tag {asked.to_tag} came back as {answer.to_tag or 'none'}"
    if not answer.to_tag and answer.status > 100:
        return f"the {answer.status} has no To tag"
    return _via_not_copied(asked, answer)


def _via_not_copied(asked: Message, answer: Message) -> str | None:
    if len(asked.rows("via")) == len(answer.rows("via")) == 1 and asked.branch == answer.branch:
        return None  # the usual case: one value each, and the response was found by its branch
    sent, copied = asked.values("via"), answer.values("via")
    if len(sent) != len(copied):
        return f"{len(sent)} Via values came back as {len(copied)}"
    if [_hop(text) for text in sent] != [_hop(text) for text in copied]:
        return "the Via values did not come back as they were, or in another order"
    return None


def _hop(text: str) -> tuple[str, int | None, str]:
    via = Via.parse(text)
    return via.host, via.port, via.branch


def _second_tag(transaction: Transaction) -> Check | None:
    """Judge two To tags in the responses to one request: legal when a proxy forked it."""
    tagged = [entry for entry in transaction.responses if entry.message.to_tag and entry.message.status > 100]
    other = next((entry for entry in tagged if entry.message.to_tag != tagged[0].message.to_tag), None)
    if other is None:
        return None
    text = f"two To tags for one {transaction.method}: {tagged[0].message.to_tag} and {other.message.to_tag}"
    evidence = (other, tagged[0])
    if from_its_contact(other) and from_its_contact(tagged[0]):
        return Check.failed(text, *evidence, who=other.source)
    return Check.informed(f"{text} (a proxy may have forked it)", *evidence, who=other.source)


def _without_transaction(case: Case) -> Iterator[Check]:
    """Responses that fit a request between the same two, but not by the branch of their Via: the first of
    each request."""
    told: list[Transaction] = []
    for entry in case.strays:
        answer = entry.message
        for transaction in facts_of(case).transactions if answer.status else ():
            asked = transaction.request.message
            same = (asked.call_id, asked.cseq_number, asked.method, asked.from_tag)
            ends = (transaction.sender, transaction.receiver) == (entry.destination, entry.source)
            named = (answer.call_id, answer.cseq_number, answer.cseq_method, answer.from_tag)
            if ends and same == named and transaction not in told:
                told.append(transaction)
                text = f"the branch {asked.branch} came back as {answer.branch or 'none'}"
                yield Check.failed(text, entry, transaction.request, who=entry.source)
                break


@rule(
    "RFC3261-17.1.1.3-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 17.1.1.3",
    role="any",
    text="A refusal of an INVITE is acknowledged with the INVITE's branch and URI and the refusal's To tag",
)
def refusal_is_acknowledged(case: Case) -> Iterator[Check]:
    """Look for the ACK to each 3xx-6xx on the same hop."""
    facts = facts_of(case)
    for leg, invite in _invites(case):
        final = next((e for e in invite.responses if e.message.status >= 300 and e.arrived), None)
        if final is None:
            continue
        first = next(entry for entry in invite.responses if entry.arrived)
        if arrival_ns(first) - invite.request.at_ns >= TRANSACTION_TIMEOUT_NS:
            continue  # Timer B: the INVITE was given up, and nobody waits for its answer any more
        ack = invite.acks[0] if invite.acks else _stray_ack(leg, invite)
        if ack is not None:
            wrong = _wrong_ack(invite.request.message, final.message, ack.message)
            yield PASSED if wrong is None else Check.failed(wrong, ack, final, who=ack.source)
        elif facts.waited(final.at_ns, PROMPT_NS):
            text = f"the {final.message.status} to the INVITE was never acknowledged"
            yield Check.failed(text, invite.request, final, who=invite.sender)
        else:
            text = f"the {final.message.status} to the INVITE, which was not yet acknowledged"
            yield facts.too_short(final.at_ns, text, final)


def _stray_ack(leg: Leg, invite: Transaction) -> MessageEntry | None:
    return next(
        (a for a in leg.acks if a.source == invite.sender and a.message.cseq_number == invite.number), None
    )


def _wrong_ack(invite: Message, final: Message, ack: Message) -> str | None:
    if ack.branch != invite.branch:
        return f"the ACK to the {final.status} has another branch than the INVITE"
    if ack.uri != invite.uri and not equivalent(Uri.parse(ack.uri), Uri.parse(invite.uri)):
        return f"the ACK to the {final.status} goes to {ack.uri}, the INVITE went to {invite.uri}"
    if final.to_tag and ack.to_tag != final.to_tag:
        return f"the ACK has To tag {ack.to_tag or 'none'}, the {final.status} had {final.to_tag}"
    return None


@rule(
    "RFC3261-17.2.1-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3261 section 17.2.1",
    role="any",
    text="An INVITE is answered within 200 ms, by 100 if by nothing else",
)
def invite_is_answered_soon(case: Case) -> Iterator[Check]:
    """Measure from the last INVITE sent to the first response; 100 ms of tolerance.

    Where only one end was seen, the way there and back is in the figure: then it is information.
    """
    for _, invite in _invites(case):
        if not invite.responses or not invite.request.arrived:
            continue
        first = invite.responses[0]
        sent = [entry for entry in (invite.request, *invite.copies) if entry.at_ns <= first.at_ns]
        asked = (sent or [invite.request])[-1]
        delay_ns = first.at_ns - arrival_ns(asked)
        if delay_ns <= SOON_NS:
            yield PASSED
            continue
        text = f"the first response to the INVITE came after {format_duration(delay_ns // MS * MS)}"
        seen = asked.sent_ns is not None and asked.received_ns is not None and asked.stamp_source != "capture"
        blame = Check.failed if seen else Check.informed
        yield blame(text, first, asked, who=first.source)


def _cancels(case: Case) -> Iterator[tuple[Transaction, Transaction]]:
    """(CANCEL, the INVITE it is meant for), matched by sender and CSeq number, else by branch."""
    for leg in case.legs:
        invites = list(leg.in_method("INVITE"))
        for cancel in leg.in_method("CANCEL"):
            branch = cancel.request.message.branch
            if any(t.request.message.branch == branch for t in leg.in_method("REFER", "NOTIFY", "SUBSCRIBE")):
                continue  # RFC 6665 section 4.6 has a rule of its own
            meant = [i for i in invites if i.request.message.branch == branch]
            meant = meant or [i for i in invites if (i.sender, i.number) == (cancel.sender, cancel.number)]
            meant = meant or [i for i in invites if i.sender == cancel.sender][-1:]
            if meant:
                yield cancel, meant[0]


@rule(
    "RFC3261-9.1-1",
    level="MUST NOT",
    severity="breaks-transfer",
    cites="RFC 3261 section 9.1",
    role="any",
    text="CANCEL is not sent before a provisional response has arrived",
)
def cancel_waits_for_provisional(case: Case) -> Iterator[Check]:
    """Judge when each CANCEL was sent."""
    for cancel, invite in _cancels(case):
        if any(e.arrived and arrival_ns(e) <= cancel.request.at_ns for e in invite.responses):
            yield PASSED
        else:
            text = "CANCEL was sent before any response to the INVITE had arrived"
            yield Check.failed(text, cancel.request, invite.request, who=cancel.sender)


@rule(
    "RFC3261-9.1-2",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 9.1",
    role="any",
    text="CANCEL copies Request-URI, Call-ID, To, From, CSeq number, top Via and Route of its INVITE",
)
def cancel_copies_invite(case: Case) -> Iterator[Check]:
    """Compare field by field, URIs by value."""
    for cancel, invite in _cancels(case):
        wrong = _differing(cancel.request.message, invite.request.message)
        if not wrong:
            yield PASSED
        else:
            text = f"the CANCEL differs from its INVITE in {', '.join(wrong)}"
            yield Check.failed(text, cancel.request, invite.request, who=cancel.sender)


def _differing(cancel: Message, invite: Message) -> list[str]:
    same_uri = cancel.uri == invite.uri or equivalent(Uri.parse(cancel.uri), Uri.parse(invite.uri))
    checks = (
        ("Request-URI", same_uri),
        ("Call-ID", cancel.call_id == invite.call_id),
        ("To", _same_address(cancel.to, invite.to)),
        ("From", _same_address(cancel.from_, invite.from_)),
        ("CSeq number", cancel.cseq_number == invite.cseq_number),
        ("Via branch", cancel.branch == invite.branch),
        ("Via", _sent_by(cancel.via) == _sent_by(invite.via)),
        ("Route", cancel.values("route") == invite.values("route")),
    )
    return [name for name, same in checks if not same]


def _same_address(one: NameAddress, other: NameAddress) -> bool:
    return one.tag == other.tag and equivalent(one.uri, other.uri)


def _sent_by(via: Via | None) -> tuple[str, int | None] | None:
    return None if via is None else (via.host, via.port)


@rule(
    "RFC3261-9.2-1",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 3261 section 9.2",
    role="any",
    text="A CANCEL that finds its INVITE pending is answered 200, and the INVITE 487",
)
def cancelled_invite_is_answered(case: Case) -> Iterator[Check]:
    """Look for a final response to the cancelled INVITE within 4 s (limit of the harness)."""
    facts = facts_of(case)
    for cancel, invite in _cancels(case):
        answer = cancel.final
        asked = first_arrival(cancel)
        if answer is None and asked is not None and can_be_answered(asked):
            if facts.waited(asked.at_ns, TRANSACTION_TIMEOUT_NS):
                yield Check.failed("the CANCEL was never answered", asked, who=cancel.receiver)
            else:
                yield facts.too_short(asked.at_ns, "a CANCEL, which was not yet answered", asked)
        if answer is None or answer.message.status >= 300:
            continue
        if invite.final is not None and _another_refusal(invite.final, answer):
            text = f"the cancelled INVITE was answered {invite.final.message.status}, not 487"
            yield Check.informed(text, invite.final, answer, who=answerer(invite, invite.final))
        elif invite.final is not None:
            yield PASSED
        elif facts.waited(answer.at_ns, PROMPT_NS):
            text = "the CANCEL was answered 200, but its INVITE got no final response"
            yield Check.failed(text, answer, invite.request, who=answerer(invite, answer))
        else:
            yield facts.too_short(answer.at_ns, "a CANCEL was answered; the INVITE was not yet", answer)


def _another_refusal(final: MessageEntry, answer: MessageEntry) -> bool:
    """True when the INVITE was refused after its CANCEL had been answered, and not with 487."""
    return final.message.status >= 300 and final.message.status != 487 and final.n > answer.n
