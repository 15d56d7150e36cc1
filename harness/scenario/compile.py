"""The typed file made a Plan: every default of the language is filled in here, and nowhere else.

Must not live here: whether the file is right (`model.py`, `crosscheck.py`); expectations
(`expectations.py`).
"""

from collections.abc import Iterator

from harness.base.instant import SECOND
from harness.scenario import model
from harness.scenario.compile_steps import expectations_of, faults_of, refers, steps_of
from harness.scenario.expectations import expectations
from harness.scenario.plan import AgentPlan, Behaviour, CarrierPlan, Fallback, Party, Plan
from harness.scenario.source import Table
from harness.scenario.words import CAUSES

ANSWERS_AFTER_NS = 2 * SECOND
HUMAN_HANGS_UP_AFTER_NS = 3 * SECOND
"""A human, voicemail or queue ends the call this long after it was connected."""

REFUSES_DEFAULT = 603
"""What a carrier with `allows:` answers for other targets: a decline, as nobody else could help."""

_DEFAULT_NUMBERS = {"agent": "+12025550100", "caller": "+12025550101", "human": "+12025550102"}
_FIRST_PERSON_NUMBER = 12025550110
"""Numbers 555-0100 to 555-0199 are set aside for fiction in the North American plan."""


def compile_plan(scenario: model.Scenario, root: Table, *, plan_id: str, source: str) -> Plan:
    """One plan from one tree without mistakes. `root` says where each expectation stands."""
    parties = tuple(_parties(scenario))
    title = root.pair("scenario")
    steps = () if scenario.steps is None else steps_of(scenario.steps, root)
    asked = [*expectations_of(steps, root)] if steps else []
    return Plan(
        id=plan_id,
        title=scenario.scenario.strip(),
        source=source,
        line=title.key.span.line if title is not None else 1,
        style="unknown" if steps else scenario.transfer,
        parties=parties,
        carrier=_carrier(scenario.carrier),
        agent=_agent(scenario.agent),
        direction=scenario.direction,
        context_headers=tuple(scenario.context.headers.items()),
        context_in=scenario.context.sent_in,
        fallback=tuple(
            Fallback(when=tuple(one.when or CAUSES), to=one.to, by=one.by) for one in scenario.fallback
        ),
        expectations=(*asked, *expectations(scenario.expect, root, silent=bool(steps) and not refers(steps))),
        under_test=scenario.under_test,
        tags=tuple(dict.fromkeys(scenario.markers)),
        steps=steps,
        faults=faults_of(scenario.faults, root),
    )


def _parties(scenario: model.Scenario) -> Iterator[Party]:
    """Caller, agent, human, then `people:` in the order of the file, each with a number of its own."""
    people: dict[str, model.Caller | model.Agent] = {
        "caller": scenario.caller,
        "agent": scenario.agent,
        "human": scenario.human,
        **scenario.people,
    }
    taken = {person.number for person in people.values()}
    numbers = {name: person.number or _free_number(name, taken) for name, person in people.items()}
    for name, person in people.items():
        number, display, hidden = numbers[name], person.name or "", person.privacy is not None
        if isinstance(person, model.Agent):
            yield Party(name, "agent", number, display, _agent_behaviour(person), _login(name), hidden)
        elif name == "caller":
            yield Party(name, "caller", number, display, _behaviour(person, numbers), _login(name), hidden)
        else:
            role = person.role if isinstance(person, model.Person) else "human"
            behaviour = _behaviour(person, numbers, hangs_up_after_ns=HUMAN_HANGS_UP_AFTER_NS)
            yield Party(name, role, number, display, behaviour)


def _free_number(name: str, taken: set[str | None]) -> str:
    """A number nobody in the file has; adds it to `taken`."""
    number = _DEFAULT_NUMBERS.get(name, f"+{_FIRST_PERSON_NUMBER}")
    while number in taken:
        number = f"+{max(int(number[1:]), _FIRST_PERSON_NUMBER - 1) + 1}"
    taken.add(number)
    return number


def _login(name: str) -> tuple[str, str]:
    """Who places calls or sends a REFER can answer a challenge."""
    return name, f"{name}-password"


def _agent_behaviour(agent: model.Agent) -> Behaviour:
    rings_after = 0 if agent.rings_after is None else agent.rings_after
    return Behaviour(
        rings_after_ns=None if rings_after == "never" else rings_after,
        answers_after_ns=ANSWERS_AFTER_NS if agent.answers_after is None else agent.answers_after,
    )


def _behaviour(
    person: model.Caller, numbers: dict[str, str], *, hangs_up_after_ns: int | None = None
) -> Behaviour:
    """What this person does with a call. Without a word on ringing: who answers or keeps it ringing
    rings at once, who rejects or redirects does so at once and without ringing."""
    rejects = 486 if person.busy else 603 if person.declines else person.rejects
    answers = rejects is None and not person.unreachable and person.redirects_to is None
    rings_after = person.rings_after
    if rings_after is None:
        rings_after = 0 if answers else "never"
    hangs_up = hangs_up_after_ns if person.hangs_up_after is None else person.hangs_up_after
    target = person.redirects_to
    return Behaviour(
        rings_after_ns=None if rings_after == "never" or person.unreachable else rings_after,
        answers_after_ns=ANSWERS_AFTER_NS if person.answers_after is None else person.answers_after,
        rejects=rejects,
        no_answer=person.no_answer,
        unreachable=person.unreachable,
        redirects_to=None if target is None else numbers.get(target, target),
        hangs_up_after_ns=hangs_up if answers and not person.no_answer else None,
    )


def _agent(agent: model.Agent) -> AgentPlan:
    defaults = AgentPlan()
    return AgentPlan(
        refers_after_ns=defaults.refers_after_ns if agent.waits is None else agent.waits,
        leaves=agent.leaves,
        leaves_after_ns=agent.leaves_after or 0,
        refers_to=agent.refers_to,
        holds=agent.holds,
        refer_sub=agent.refer_sub,
    )


def _carrier(carrier: model.Carrier) -> CarrierPlan:
    defaults = CarrierPlan()
    refuses = carrier.refuses or model.Refuses()
    by_answer = refuses.refer
    if carrier.allows and by_answer is None and refuses.notify is None:
        by_answer = REFUSES_DEFAULT
    challenges = (("INVITE", carrier.challenges.INVITE), ("REFER", carrier.challenges.REFER))
    return CarrierPlan(
        profile=carrier.profile,
        quirks=tuple(carrier.quirks),
        challenges=tuple((method, int(code)) for method, code in challenges if code is not None),
        allows=tuple(carrier.allows),
        refuses=by_answer,
        refuses_by_notify=refuses.notify,
        no_answer_after_ns=defaults.no_answer_after_ns if carrier.window is None else carrier.window,
    )
