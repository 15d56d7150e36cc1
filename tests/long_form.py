"""Long-form scenarios for tests: written, played in virtual time, judged.

Must not live here: assertions.
"""

from harness.actors.cast import build, places
from harness.judge.judgement import Judgement, judge
from harness.runtime.virtual.play import addresses
from harness.scenario.plan import Plan
from harness.suite.play import Settings, play
from harness.trace.entries import NoteEntry, Trace
from tests.scenario.written import plans

HEAD = "scenario: A promise\nsteps:\n  - call: {from: caller, to: agent, as: main}\n"
"""Three lines; what a test adds starts on line 4."""


def plan_of(steps: str, *, head: str = HEAD) -> Plan:
    """The plan of a call that is up, and these steps, one a line, without `- `."""
    rows = "".join(f"  - {line}\n" for line in steps.strip().splitlines())
    (plan,) = plans(head + rows)
    return plan


def played(plan: Plan, seed: int = 7) -> Trace:
    """The plan in virtual time, with its faults."""
    return play(plan, Settings(seed=seed))


def judged(plan: Plan, trace: Trace) -> Judgement:
    """What the judge makes of it."""
    return judge(trace, (), plan)


def answers(steps: str, *, head: str = HEAD) -> dict[str, tuple[str, str]]:
    """Name of each expectation -> verdict and what was got, after playing the steps."""
    plan = plan_of(steps, head=head)
    return answers_in(plan, played(plan))


def answers_in(plan: Plan, trace: Trace) -> dict[str, tuple[str, str]]:
    """Name of each expectation -> verdict and what was got."""
    return {one.name: (one.verdict, one.got) for one in judged(plan, trace).expectations}


def sent(trace: Trace, name: str) -> list[str]:
    """What a party sent, retransmissions left out: method, or status and method."""
    lines: dict[bytes, str] = {}
    for entry in trace.messages():
        message = entry.message
        if trace.name_of(entry.source) == name:
            shown = message.method if message.is_request else f"{message.status} {message.cseq_method}"
            lines.setdefault(entry.raw, shown)
    return list(lines.values())


def notes(trace: Trace) -> list[str]:
    """The remarks of the players."""
    return [entry.text for entry in trace.entries if isinstance(entry, NoteEntry)]


def left_open(plan: Plan) -> int:
    """How many legs are still open when the run is over."""
    from harness.runtime.virtual.play import play as play_hosts
    from harness.trace.entries import Header

    hosts = build(plan, 7, addresses(places(plan)))
    play_hosts(hosts, Header(seed=7))
    return sum(len(host.open_legs()) for host in hosts.values())
