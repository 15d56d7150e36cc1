"""A plan as a scenario file in which nothing is left to a default.

What `siptransfer show` prints can be loaded again and makes the same plan. What the language has no
word for stands in comments. Passwords are never shown. Must not live here: colours (`report/`).
"""

from collections.abc import Iterator

from harness.base.instant import format_duration
from harness.scenario.plan import (
    AgentPlan,
    CarrierPlan,
    Expectation,
    Fallback,
    Limit,
    NeverSent,
    Party,
    Plan,
    Violations,
    Wanted,
)
from harness.scenario.show_steps import fault_lines, step_lines
from harness.scenario.yaml_words import Entries
from harness.scenario.yaml_words import block as _block
from harness.scenario.yaml_words import row as _row
from harness.scenario.yaml_words import text as _text


def show(plan: Plan) -> str:
    """The whole plan as YAML, deterministic, ending in a line end."""
    lines = [f"# {plan.id}"]
    top: Entries = [("scenario", _text(plan.title))]
    calling = "caller" if plan.direction == "inbound" else "agent"
    if plan.steps:
        calling = ""
    else:
        top += [("transfer", plan.style), ("by", "refer"), ("direction", plan.direction)]
    for party in plan.parties[:3]:
        agent = plan.agent if party.role == "agent" and not plan.steps else None
        top.append((party.name, _block(_party(party, called=party.name != calling, agent=agent))))
    lines += [f"{key}: {value}" for key, value in top]
    lines += _people(plan.parties[3:])
    lines.append(f"carrier: {_block(_carrier(plan.carrier))}")
    if plan.context_headers:
        headers = [(_text(name), _text(value)) for name, value in plan.context_headers]
        lines.append(f"context: {{headers: {_block(headers)}, sent_in: {plan.context_in}}}")
    if plan.fallback:
        lines += ["fallback:", *(f"  - {_fallback(fallback)}" for fallback in plan.fallback)]
    if plan.tags:
        lines.append(f"markers: {_row(plan.tags)}")
    if plan.under_test is not None:
        lines.append(f"under_test: {_text(plan.under_test)}")
    lines += [*step_lines(plan.steps), *fault_lines(plan.faults)]
    expected = [f"  {line}" for line in _expect(plan.expectations)]
    lines += ["expect:", *expected] if expected else []
    lines += [f"# {sentence}" for sentence in _wordless(plan)]
    return "\n".join(lines) + "\n"


def _people(people: tuple[Party, ...]) -> Iterator[str]:
    if people:
        yield "people:"
    for party in people:
        role: Entries = [("role", party.role)]
        yield f"  {party.name}: {_block(role + _party(party, called=True, agent=None))}"


def _party(party: Party, *, called: bool, agent: AgentPlan | None) -> Entries:
    entries: Entries = [("number", _text(party.number))]
    if party.display:
        entries.append(("name", _text(party.display)))
    if called:
        entries += _behaviour(party)
    if party.behaviour.hangs_up_after_ns is not None:
        entries.append(("hangs_up_after", format_duration(party.behaviour.hangs_up_after_ns)))
    if party.privacy:
        entries.append(("privacy", "id"))
    if agent is not None:
        entries.append(("waits", format_duration(agent.refers_after_ns)))
        entries.append(("leaves", agent.leaves))
        entries.append(("leaves_after", format_duration(agent.leaves_after_ns)))
        entries.append(("holds", "true" if agent.holds else "false"))
        entries.append(("refer_sub", "true" if agent.refer_sub else "false"))
        entries.append(("refers_to", agent.refers_to))
    return entries


def _behaviour(party: Party) -> Entries:
    behaviour = party.behaviour
    if behaviour.unreachable:
        return [("unreachable", "true")]
    rings = behaviour.rings_after_ns
    entries: Entries = [("rings_after", "never" if rings is None else format_duration(rings))]
    if behaviour.no_answer:
        entries.append(("no_answer", "true"))
    elif behaviour.rejects is not None:
        entries.append(("rejects", str(behaviour.rejects)))
    elif behaviour.redirects_to is not None:
        entries.append(("redirects_to", _text(behaviour.redirects_to)))
    else:
        entries.append(("answers_after", format_duration(behaviour.answers_after_ns)))
    return entries


def _carrier(carrier: CarrierPlan) -> Entries:
    entries: Entries = [("profile", _text(carrier.profile)), ("quirks", _row(carrier.quirks))]
    entries.append(("challenges", _block([(method, str(code)) for method, code in carrier.challenges])))
    if carrier.allows:
        entries.append(("allows", _row(carrier.allows)))
    if carrier.refuses is not None:
        entries.append(("refuses", str(carrier.refuses)))
    if carrier.refuses_by_notify is not None:
        entries.append(("refuses", f"{{notify: {carrier.refuses_by_notify}}}"))
    entries.append(("window", format_duration(carrier.no_answer_after_ns)))
    return entries


def _fallback(fallback: Fallback) -> str:
    return _block([("when", _row(fallback.when)), ("to", _text(fallback.to)), ("by", fallback.by)])


def _expect(expectations: tuple[Expectation, ...]) -> Iterator[str]:
    """One line for each key of `expect:`, in the order in which the keys were first used."""
    groups: dict[str, list[Expectation]] = {}
    for expectation in expectations:
        head = expectation.name.split(".")[0]
        if head != "steps":  # they stand among the steps
            groups.setdefault(head, []).append(expectation)
    for key, members in groups.items():
        if key == "attempts":
            yield "attempts:"
            yield from (f"  - {attempt}" for attempt in _attempts(members))
        elif key == "never":
            yield f"never: {_never(members)}"
        elif members[0].name == key:
            yield f"{key}: {_wanted(members[0].wanted)}{_why(members)}"
        else:
            parts = [(one.name.split(".", 1)[1], _nested(one)) for one in members]
            yield f"{key}: {_block(parts)}"


def _why(members: list[Expectation]) -> str:
    return "" if members[0].asked else "  # holds in every scenario"


def _attempts(members: list[Expectation]) -> Iterator[str]:
    count = next(one.wanted for one in members if one.name == "attempts")
    assert isinstance(count, int), "attempts wants how many"
    for number in range(count):
        prefix = f"attempts.{number}."
        mine = [one for one in members if one.name.startswith(prefix)]
        yield _block([(one.name.removeprefix(prefix), _wanted(one.wanted)) for one in mine])


def _nested(expectation: Expectation) -> str:
    if isinstance(expectation.wanted, Limit) and expectation.name.endswith(".within"):
        return format_duration(expectation.wanted.below_ns)
    return _wanted(expectation.wanted)


def _never(members: list[Expectation]) -> str:
    entries: Entries = []
    duration: int | None = None
    for member in members:
        assert isinstance(member.wanted, NeverSent), "never wants a request"
        sent = member.wanted
        ends = (("to", sent.to), ("from", sent.sender))
        entries.append(
            (sent.method, _block([(word, _text(name)) for word, name in ends if name is not None]))
        )
        duration = sent.for_ns
    if duration is not None:
        entries.append(("for", format_duration(duration)))
    return _block(entries)


def _wanted(wanted: Wanted) -> str:
    if isinstance(wanted, Limit):
        return f"under {format_duration(wanted.below_ns)}"
    if isinstance(wanted, Violations):
        entries: Entries = []
        if wanted.exactly is not None:
            entries.append(("exactly", _row(wanted.exactly)))
        else:
            entries.append(("includes", _row(wanted.includes)))
        return _block(entries + ([("by", _text(wanted.by))] if wanted.by is not None else []))
    if isinstance(wanted, tuple):
        return _row(wanted)
    assert isinstance(wanted, str | int), "a request stands under never only"
    return str(wanted) if isinstance(wanted, int) else _text(wanted)


def _wordless(plan: Plan) -> Iterator[str]:
    """What the players do and the language has no word for."""
    agent = plan.agent
    if plan.steps:
        yield "Who is called and has no step for it rings and answers as its block says."
        yield "After the last step callers hang up, and 1s later whoever is still in a call."
        return
    if agent.holds:
        yield "The agent holds the caller before it sends the REFER."
    if agent.leaves == "on-final-notify":
        first, patience = map(format_duration, (agent.first_notify_patience_ns, agent.notify_patience_ns))
        yield f"The agent takes the attempt for failed when no NOTIFY at all comes within {first} of the 2xx"
        yield f"(Timer N, RFC 6665 section 4.1.2.4), or after one the next takes longer than {patience}."
    if agent.resumes:
        kept = format_duration(agent.keeps_caller_ns)
        yield f"When every attempt failed it takes the caller off hold within 5s and hangs up {kept} later."
    sent_on = [fallback for fallback in plan.fallback if fallback.by == "target"]
    if sent_on and plan.party(plan.target).behaviour.no_answer:
        rings = format_duration(plan.party(plan.target).behaviour.forwards_after_ns)
        yield f"The {plan.target}'s own system lets it ring for {rings}, then it sends the call on by 302."
