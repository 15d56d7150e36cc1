"""Rules on offers and answers (RFC 3264): versions, media sections, directions.

Only what both sides wrote is compared. Must not live here: hold as a story (`judge/hold.py`), RTP.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from harness.base.endpoint import Endpoint
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import answerer
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Leg, Transaction
from harness.wire.sdp import DIRECTIONS, SessionDescription, answer_direction
from harness.wire.sip.message import Message


@dataclass(frozen=True, slots=True)
class Exchange:
    """An offer and its answer, with the messages that carried them and who made the answer."""

    offer: SessionDescription
    answer: SessionDescription
    offered: MessageEntry
    answered: MessageEntry
    who: Endpoint


def exchanges(leg: Leg) -> Iterator[Exchange]:
    """Every completed offer/answer exchange of a leg (RFC 3261 section 13.2.1), in order."""
    for transaction in leg.in_method("INVITE", "UPDATE"):
        accepted = next((one for one in transaction.responses if 200 <= one.message.status < 300), None)
        if accepted is None:
            continue
        offer, answer = described(transaction.request.message), described(accepted.message)
        if offer is not None and answer is not None:
            who = answerer(transaction, accepted)
            yield Exchange(offer, answer, transaction.request, accepted, who)
        elif offer is None and answer is not None:
            ack = next((ack for ack in transaction.acks if described(ack.message) is not None), None)
            late = None if ack is None else described(ack.message)
            if ack is not None and late is not None:
                yield Exchange(answer, late, accepted, ack, transaction.sender)


def described(message: Message) -> SessionDescription | None:
    """The session description of a message, None when it has none."""
    if message.content_type != "application/sdp" or not message.body:
        return None
    return _parsed(message.body)


@lru_cache(maxsize=256)
def _parsed(body: bytes) -> SessionDescription:
    return SessionDescription.parse(body)


@rule(
    "session-description-is-well-formed",
    level="PRACTICE",
    severity="interop-risk",
    cites="RFC 8866 section 5",
    role="any",
    text="A session description has its lines v=, o=, s= and t=, each media section an address, all readable",
)
def session_description_is_well_formed(case: Case) -> Iterator[Check]:
    """The first defect of each description of a call."""
    for leg in case.legs:
        for side, entry in _descriptions(leg):
            defects = _parsed(entry.message.body).defects
            if defects:
                yield Check.failed(defects[0].text, entry, who=side[1])
            else:
                yield PASSED


@rule(
    "RFC3264-6-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3264 section 6",
    role="any",
    text="An answer has the media sections of its offer: as many, of the same kinds, in the same order",
)
def answer_mirrors_offer(case: Case) -> Iterator[Check]:
    """Compare the m= lines; a rejected one stays, with port 0."""
    for leg in case.legs:
        for each in exchanges(leg):
            offered = [media.kind for media in each.offer.media]
            answered = [media.kind for media in each.answer.media]
            if offered == answered:
                yield PASSED
            else:
                text = f"the offer has media {', '.join(offered) or 'none'}, the answer has "
                text += ", ".join(answered) or "none"
                yield Check.failed(text, each.answered, each.offered, who=each.who)


@rule(
    "RFC3264-6.1-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3264 section 6.1",
    role="any",
    text="The direction in an answer is one that the offer leaves: sendonly is answered recvonly or inactive",
)
def answer_direction_fits(case: Case) -> Iterator[Check]:
    """Compare each media section that both sides take."""
    for leg in case.legs:
        for each in exchanges(leg):
            wrong = next(_misdirected(each), None)
            if wrong is None:
                yield PASSED
            else:
                yield Check.failed(wrong, each.answered, each.offered, who=each.who)


def _misdirected(each: Exchange) -> Iterator[str]:
    for offered, answered in zip(each.offer.media, each.answer.media, strict=False):
        if offered.rejected or answered.rejected:
            continue
        allowed = {answer_direction(offered.direction, wanted) for wanted in DIRECTIONS}
        if answered.direction not in allowed:
            yield f"{offered.kind} was offered {offered.direction} and answered {answered.direction}"


@rule(
    "RFC3264-8-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3264 section 8",
    role="any",
    text="A changed session description has the next version in o=, the rest of o= stays, no m= line goes",
)
def changed_description_has_next_version(case: Case) -> Iterator[Check]:
    """Compare each description of one side with the one it sent before in the same call."""
    for leg in case.legs:
        last: dict[tuple[str, Endpoint], tuple[bytes, MessageEntry]] = {}
        for side, entry in _descriptions(leg):
            body = entry.message.body
            before = last.get(side)
            last[side] = (body, entry)
            if before is None or before[0] == body:
                continue
            wrong = _not_next(_parsed(before[0]), _parsed(body))
            if wrong is None:
                yield PASSED
            else:
                yield Check.failed(wrong, entry, before[1], who=side[1])


def _descriptions(leg: Leg) -> Iterator[tuple[tuple[str, Endpoint], MessageEntry]]:
    """Every session description of the leg with who sent it (tag and endpoint), in order of sending."""
    found: list[tuple[tuple[str, Endpoint], MessageEntry]] = []
    for transaction in leg.in_method("INVITE", "UPDATE"):
        if transaction.onward:
            continue  # a proxy may stand for media of its own between the two sides
        found += _of(transaction)
    return iter(sorted(found, key=lambda pair: pair[1].at_ns))


def _of(transaction: Transaction) -> Iterator[tuple[tuple[str, Endpoint], MessageEntry]]:
    for entry in (transaction.request, *transaction.acks):
        if described(entry.message) is not None:
            yield (entry.message.from_tag, transaction.sender), entry
    repeated: set[bytes] = set()
    for entry in transaction.responses:
        if entry.message.status < 300 and described(entry.message) is not None and entry.raw not in repeated:
            repeated.add(entry.raw)
            yield (entry.message.to_tag, transaction.receiver), entry


def _not_next(before: SessionDescription, after: SessionDescription) -> str | None:
    old, new = before.origin, after.origin
    if (old.user, old.session_id, old.address) != (new.user, new.session_id, new.address):
        was, now = (f"{one.user} {one.session_id} {one.address}" for one in (old, new))
        return f"o= changed from {was} to {now}"
    if new.version != old.version + 1:
        return f"the description changed, and its version went from {old.version} to {new.version}"
    if len(after.media) < len(before.media):
        return f"there were {len(before.media)} m= lines and now there are {len(after.media)}"
    return None
