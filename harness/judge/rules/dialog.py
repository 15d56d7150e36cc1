"""Rules on the dialogs of calls: how they are formed, numbered, routed, acknowledged and ended.

Must not live here: single transactions (`transaction.py`) and single messages (`message.py`).
"""

from collections.abc import Iterator

from harness.base.endpoint import Endpoint
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import (
    Facts,
    arrival_ns,
    astray,
    can_be_answered,
    facts_of,
    first_arrival,
    from_its_contact,
    in_dialog,
    names_dialog,
    nobody_there,
    on_datagrams,
    overtaken,
    seen_at_one_end,
)
from harness.judge.rules.remote_target import misrouted, same_target
from harness.judge.thresholds import PROMPT_NS, REORDERED_NS, REPEATED_NS, TRANSACTION_TIMEOUT_NS
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Leg, Transaction
from harness.wire.sip.headers import NameAddress


@rule(
    "RFC3261-12.1.1-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 12.1.1",
    role="any",
    text="Responses that form a dialog have a Contact and copy Record-Route",
)
def dialog_forming_response_is_complete(case: Case) -> Iterator[Check]:
    """Judge 2xx and tagged 101-199 to the INVITEs that begin legs, each side of a proxy by itself."""
    for leg in case.legs:
        for invite in leg.invites:
            for hop in invite.hops():
                # Proxies add Record-Route on the way: the copy is judged where the called side sent it.
                if not hop.onward:
                    yield from _dialog_forming(hop)


def _dialog_forming(invite: Transaction) -> Iterator[Check]:
    recorded = invite.request.message.values("record-route")
    for entry in invite.responses:
        message = entry.message
        if not 100 < message.status < 300 or not message.to_tag:
            continue
        contacts = len(message.values("contact"))
        if contacts != 1:
            text = f"the {message.status} to the INVITE has {contacts or 'no'} Contact{'s' * (contacts > 1)}"
            yield Check.failed(text, entry, who=entry.source)
        elif recorded and not _ends_with(message.values("record-route"), recorded):
            text = f"the {message.status} to the INVITE does not copy its Record-Route"
            yield Check.failed(text, entry, invite.request, who=entry.source)
        else:
            yield PASSED


def _ends_with(values: list[str], recorded: list[str]) -> bool:
    """A response may have more than the request on this hop: proxies behind it have added theirs."""
    tail = values[-len(recorded) :]
    return len(tail) == len(recorded) and all(
        same_target(NameAddress.parse(one).uri.text, NameAddress.parse(other).uri.text)
        for one, other in zip(tail, recorded, strict=True)
    )


@rule(
    "RFC3261-12.2.1.1-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 12.2.1.1",
    role="any",
    text="In a dialog the CSeq number grows with every request of one side",
)
def cseq_grows(case: Case) -> Iterator[Check]:
    """Compare each in-dialog request with those its sender sent before on the same hop."""
    for leg in case.legs:
        highest: dict[tuple[str, Endpoint, Endpoint], Transaction] = {}
        used: dict[tuple[str, Endpoint, Endpoint], set[int]] = {}
        for transaction in leg.transactions:
            message = transaction.request.message
            if transaction.method == "CANCEL" or message.cseq_number < 0:
                continue
            side = (message.from_tag, transaction.sender, transaction.receiver)
            before, numbers = highest.get(side), used.setdefault(side, set())
            fills = message.cseq_number not in numbers and message.cseq_number > min(numbers, default=0)
            numbers.add(message.cseq_number)
            if before is None or before.number < message.cseq_number:
                highest[side] = transaction
            elif before.number == message.cseq_number and before.method == transaction.method:
                continue
            elif in_dialog(transaction) and not _perhaps_reordered(before, transaction, fills=fills):
                had = f"{before.method} had {before.number}"
                text = f"{transaction.method} has CSeq {message.cseq_number} after {had}"
                yield Check.failed(text, transaction.request, before.request, who=transaction.sender)
                continue
            if before is not None:
                yield PASSED


def _perhaps_reordered(before: Transaction, after: Transaction, *, fills: bool) -> bool:
    """True when only one place says which came first, and the other order is possible.

    In a capture: when both were there at nearly the same time. At our end of a call with a real system:
    when the later one fills a gap in the numbers, for the network may have lost it or held it back.
    """
    if before.number == after.number:
        return False
    if seen_at_one_end(after.request) and on_datagrams(after.request):
        return fills and after.request.at_ns - before.request.at_ns < TRANSACTION_TIMEOUT_NS
    if after.request.stamp_source != "capture":
        return False
    return after.request.at_ns - before.request.at_ns < REORDERED_NS


@rule(
    "RFC3261-12.2.1.1-2",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 12.2.1.1",
    role="any",
    text="In a dialog the Request-URI is the peer's Contact and Route is the dialog's route set",
)
def request_follows_dialog(case: Case) -> Iterator[Check]:
    """Judge in-dialog requests and ACKs to 2xx; REFER has its own rule, CANCEL and PRACK are the INVITE's."""
    for leg in case.legs:
        for transaction in leg.transactions:
            if transaction.method in ("REFER", "CANCEL", "PRACK") or not in_dialog(transaction):
                continue
            yield from misrouted(leg, transaction)
        for invite in leg.in_method("INVITE"):
            if invite.acks and (invite.final_status or 300) < 300:
                yield from misrouted(leg, Transaction(invite.acks[0]))


@rule(
    "RFC3261-13.2.2.4-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 13.2.2.4",
    role="any",
    text="Every 2xx to an INVITE is acknowledged with the INVITE's CSeq number",
)
def answer_is_acknowledged(case: Case) -> Iterator[Check]:
    """Look for an ACK after each 2xx to INVITE and re-INVITE."""
    facts = facts_of(case)
    for leg in case.legs:
        acks = [ack for ack in leg.acks if not astray(leg, ack)]
        numbers = {(ack.source, ack.message.cseq_number) for ack in acks}
        for invite in leg.in_method("INVITE"):
            answers = [entry for entry in invite.responses if 200 <= entry.message.status < 300]
            answer = next((entry for entry in answers if entry.arrived), None)
            if answer is None or (invite.final_status or 0) >= 300:
                continue
            if (invite.sender, invite.number) in numbers or _acked_by_tag(acks, invite):
                yield PASSED
            elif not facts.waited(answer.at_ns, PROMPT_NS):
                yield facts.too_short(answer.at_ns, "a 200 to INVITE, which was not yet acknowledged", answer)
            elif _ack_would_be_seen(facts, leg, invite, answers):
                text = f"the {answer.message.status} to the INVITE was never acknowledged"
                yield Check.failed(text, invite.request, answer, who=invite.sender)
            else:
                yield Check.undecided("no ACK was seen, but it may have taken another way", answer)


def _acked_by_tag(acks: list[MessageEntry], invite: Transaction) -> bool:
    """The ACK may come from another port (TCP) or past a proxy: then tag and number tell."""
    message = invite.request.message
    return any(
        (ack.message.from_tag, ack.message.cseq_number) == (message.from_tag, message.cseq_number)
        for ack in acks
    )


def _ack_would_be_seen(facts: Facts, leg: Leg, invite: Transaction, answers: list[MessageEntry]) -> bool:
    """An ACK to a 2xx goes end to end: past proxies it may miss the point of capture."""
    if facts.closed or len(answers) > 1 or invite.request.stamp_source != "capture":
        return True
    if from_its_contact(answers[0]) and not answers[0].message.values("record-route"):
        return True
    return any(ack.source == invite.sender for ack in leg.acks)


@rule(
    "RFC3261-13.3.1.4-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 13.3.1.4",
    role="any",
    text="A 2xx to an INVITE is repeated until the ACK arrives",
)
def answer_is_repeated(case: Case) -> Iterator[Check]:
    """Look for a second 2xx where no ACK came within a second; the first repetition is due after 0.5 s."""
    facts = facts_of(case)
    for leg in case.legs:
        for invite in leg.in_method("INVITE"):
            answers = [entry for entry in invite.responses if 200 <= entry.message.status < 300]
            if not answers or not _ack_would_be_seen(facts, leg, invite, answers):
                continue
            acks = [ack for ack in (*leg.acks, *invite.acks) if ack.message.cseq_number == invite.number]
            due_ns = answers[0].at_ns + REPEATED_NS
            if len(answers) > 1 or any(ack.arrived and arrival_ns(ack) <= due_ns for ack in acks):
                yield PASSED
            elif facts.closed or facts.ended_ns > due_ns:
                text = f"the {answers[0].message.status} was not repeated, although no ACK came within 1 s"
                yield Check.failed(text, answers[0], who=answers[0].source)


@rule(
    "RFC3261-14.1-1",
    level="MUST NOT",
    severity="breaks-transfer",
    cites="RFC 3261 section 14.1",
    role="any",
    text="No side sends a new INVITE in a dialog while its last one is not answered",
)
def reinvites_do_not_overlap(case: Case) -> Iterator[Check]:
    """Compare each re-INVITE with the one its sender sent before."""
    for leg in case.legs:
        last: dict[tuple[str, Endpoint], Transaction] = {}
        for invite in leg.in_method("INVITE"):
            if not in_dialog(invite):
                continue
            side = (invite.request.message.from_tag, invite.receiver)
            before = last.get(side)
            last[side] = invite
            if before is None or before.number == invite.number:
                continue
            final = before.final
            if final is not None and final.at_ns <= invite.request.at_ns:
                yield PASSED
            elif invite.request.at_ns - before.request.at_ns < TRANSACTION_TIMEOUT_NS:
                text = "an INVITE was sent while the one before was not yet answered"
                yield Check.failed(text, invite.request, before.request, who=invite.sender)


@rule(
    "RFC3261-15-1",
    level="MUST NOT",
    severity="breaks-transfer",
    cites="RFC 3261 section 15",
    role="any",
    text="The called side does not send BYE before the ACK to its 2xx has arrived",
)
def callee_waits_for_ack(case: Case) -> Iterator[Check]:
    """Judge BYEs of the callee within 32 s of its 2xx."""
    for leg in case.legs:
        if not leg.invites or leg.answered is None:
            continue
        number = leg.invites[-1].number
        acks = [ack for ack in leg.acks if ack.message.cseq_number == number]
        for bye in leg.in_method("BYE"):
            if bye.request.message.from_tag != leg.callee_tag:
                continue
            waited_ns = bye.request.at_ns - leg.answered.at_ns
            if waited_ns >= TRANSACTION_TIMEOUT_NS or any(_had(ack, bye.request) for ack in acks):
                yield PASSED
            elif acks or bye.request.stamp_source != "capture":
                yield Check.failed(
                    "BYE was sent before the ACK had arrived", bye.request, leg.answered, who=bye.sender
                )


def _had(ack: MessageEntry, bye: MessageEntry) -> bool:
    return ack.arrived and arrival_ns(ack) <= bye.at_ns


@rule(
    "RFC3261-15.1.2-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 15.1.2",
    role="any",
    text="BYE in a known dialog is answered with 2xx",
)
def bye_is_answered(case: Case) -> Iterator[Check]:
    """Judge the first BYE of each side of answered legs; crossing BYEs may get 481."""
    facts = facts_of(case)
    for leg in case.legs:
        if leg.answered is None:
            continue
        ended: list[Transaction] = []
        for bye in leg.in_method("BYE"):
            asked, final = first_arrival(bye), bye.final
            ended.append(bye)
            if asked is None or nobody_there(facts, bye.reached) or not _meant(leg, asked):
                continue
            if final is None and facts.waited(asked.at_ns, TRANSACTION_TIMEOUT_NS):
                yield Check.failed("the BYE was never answered", asked, who=bye.reached)
            elif final is None:
                yield facts.too_short(asked.at_ns, "a BYE, which was not yet answered", asked)
            elif final.message.status < 300 or final.message.status in (401, 407):
                yield PASSED
            elif final.message.status == 500 and overtaken(facts, bye):
                continue
            elif len(ended) == 1 and not _crossed(leg, bye):
                text = f"the BYE of a live dialog was answered with {final.message.status}"
                yield Check.failed(text, final, asked, who=bye.reached)


def _meant(leg: Leg, bye: MessageEntry) -> bool:
    """True when the receiver can tell which call a BYE is to end."""
    return can_be_answered(bye) and names_dialog(leg, bye)


def _crossed(leg: Leg, bye: Transaction) -> bool:
    """True when the other side sent a BYE of its own before it answered this one."""
    final = bye.final
    return final is not None and any(
        other.sender != bye.sender and other.request.at_ns <= final.at_ns for other in leg.in_method("BYE")
    )
