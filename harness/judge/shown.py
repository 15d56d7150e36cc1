"""What the person who was called sees of the caller: the number, and the context that came along.

Read from the INVITE that reached the person. Must not live here: attestation, and when it was seen.
"""

from harness.judge.answer import Answer, choices, judged, listed, unknown
from harness.judge.parties import number_of
from harness.judge.story import Story
from harness.scenario.plan import Wanted
from harness.trace.entries import MessageEntry
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.message import Message

ANONYMOUS = "anonymous"


def human_sees(what: str, wanted: Wanted, story: Story) -> Answer:
    """Check `human_sees.caller_id` or `human_sees.context` on the leg that the person got last."""
    invite = _invite(story)
    if invite is None and story.ends_early:
        return unknown("nobody was called, and the trace ends early")
    if invite is None:
        return Answer("nobody was called", "fail")
    check = _caller_id if what == "caller_id" else _context
    return check(wanted, invite, story)


def _invite(story: Story) -> MessageEntry | None:
    """The INVITE to whoever answered, else to whoever was called last."""
    answered = [each for each in story.attempts if each.true_outcome == "connected"]
    for attempt in reversed(answered or story.attempts):
        leg = attempt.outcome.leg or attempt.transfer.target_leg
        if leg is not None and leg.invites:
            return leg.invites[-1].request
    return None


def _caller_id(wanted: Wanted, invite: MessageEntry, story: Story) -> Answer:
    number = number_shown(invite.message)
    plan = story.parties.plan
    asked = choices(wanted)[0]
    numbers = {} if plan is None else {party.name: party.number for party in plan.parties}
    if asked not in numbers and plan is None and not asked.startswith("+") and asked != ANONYMOUS:
        return unknown(f"nobody knows the number of {asked} here", invite.n)
    owner = next((name for name, known in numbers.items() if known == number), "")
    got = f"{number} ({owner})" if owner else number
    return judged(got, holds=number == numbers.get(asked, asked), evidence=(invite.n,))


def number_shown(message: Message) -> str:
    """The number a phone shows: P-Asserted-Identity before From (RFC 3325), `anonymous` without one."""
    asserted = message.values("p-asserted-identity")
    address = NameAddress.parse(asserted[0]) if asserted else message.from_
    hidden = "id" in {word.strip().lower() for row in message.rows("privacy") for word in row.split(";")}
    number = number_of(address.uri)
    nameless = address.uri.host.lower().endswith("anonymous.invalid") or number.lower() == ANONYMOUS
    return ANONYMOUS if hidden or nameless or not number else number


def _context(wanted: Wanted, invite: MessageEntry, story: Story) -> Answer:
    plan = story.parties.plan
    if plan is None:
        return unknown("nobody knows what context was sent", invite.n)
    asked = {name.lower() for name in choices(wanted)}
    every = asked & {"whole", "none"}
    sent = [(name, value) for name, value in plan.context_headers if every or name.lower() in asked]
    arrived = [name for name, value in sent if _squeezed(value) in map(_squeezed, invite.message.rows(name))]
    lost = [name for name, _ in sent if name not in arrived]
    evidence = (invite.n,)
    if "none" in asked:
        return judged(listed(arrived) if arrived else "none", holds=not arrived, evidence=evidence)
    if lost:
        changed = [name for name in lost if invite.message.first(name) is not None]
        told = f"{listed(lost)} {'changed' if changed == lost else 'lost'}"
        return judged(told, holds=False, evidence=evidence)
    whole = len(arrived) == len(plan.context_headers)
    return judged("whole" if whole else listed(arrived), holds=True, evidence=evidence)


def _squeezed(text: str) -> str:
    return "".join(text.split())
