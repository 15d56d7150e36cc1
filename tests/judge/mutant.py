"""What a mutant is: one of our own players with one small fault, and what the judge must say about it.

Not here: how a fault gets into a player (`mutation.py`), the list (`mutants_of_dialogs.py`,
`mutants_of_transfers.py`), the test (`test_mutants.py`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.base.instant import MS, SECOND
from harness.protocol.leg import Leg
from harness.scenario.plan import AgentPlan, Behaviour, CarrierPlan, Plan
from tests.flows import AGENT, BUSY, cold, falling_back, quirky
from tests.judge.mutation import Fault, Outlet, Rewrite, both, having, on_sending


def plain(*, carrier: CarrierPlan | None = None, **more: Any) -> Plan:
    """A cold transfer in which nothing is found: the REFER is accepted by 200 (RFC 7647 section 5)."""
    wanted = carrier or CarrierPlan()
    return cold(carrier=replace(wanted, quirks=("refer-200", *wanted.quirks)), **more)


PLAIN = plain()
BUSY_HUMAN = plain(human=BUSY)
UNANSWERED = plain(human=Behaviour(no_answer=True), carrier=CarrierPlan(no_answer_after_ns=3 * SECOND))
TWO_REFERS = plain(human=BUSY, desk=Behaviour(hangs_up_after_ns=SECOND), fallback=falling_back("busy"))
WITH_CONTEXT = plain(context_headers=(("X-AI-Context", "refinance"),))
NO_REPORTS = plain(agent=AgentPlan(refer_sub=False), carrier=quirky("norefersub"))
WITH_DESK = plain(desk=Behaviour(hangs_up_after_ns=SECOND))
SLOW_AGENT = replace(
    PLAIN,
    parties=tuple(
        replace(party, behaviour=Behaviour(rings_after_ns=None)) if party.name == AGENT.name else party
        for party in PLAIN.parties
    ),
)
"""The agent answers after 2 s and does not ring, so that the carrier has nothing but 100 to say."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One player with one fault."""

    name: str
    who: str
    """The party that is mutated: nobody else may be blamed."""
    breaks: str
    """The clause that the fault breaks."""
    found_by: tuple[str, ...]
    """Rules of which at least one must find it."""
    fault: Fault | None = None
    """None: the fault is `quirks` of the carrier alone."""
    plan: Plan = PLAIN
    """What is played; nothing is found in it without the fault."""
    quirks: tuple[str, ...] = ()
    """Quirks of the carrier that are (part of) the fault."""
    proxy: str = ""
    """Before whom a record-routing proxy stands."""
    verdict: str = "fail"

    def faults(self) -> Mapping[str, Fault]:
        """What to do to whom."""
        return {} if self.fault is None else {self.who: self.fault}

    def faulty_plan(self) -> Plan:
        """The plan with the quirks."""
        carrier = replace(self.plan.carrier, quirks=self.plan.carrier.quirks + self.quirks)
        return replace(self.plan, carrier=carrier)


# --- faults that need more than other text ------------------------------------------------------


def another_call_id(outlet: Outlet, text: str) -> str:
    """The Call-ID of another leg of the same host."""
    return next(leg.dialog.call_id for leg in outlet.host.legs.values() if leg.dialog.call_id not in text)


def in_another_dialog(outlet: Outlet, text: str) -> None:
    """Send it with the Call-ID of another call."""
    outlet.send(having("Call-ID", another_call_id(outlet, text))(text))


def telling_of_another_call(outlet: Outlet, text: str) -> None:
    """Send the sipfrag with the Call-ID of another call in it."""
    outlet.send_in_full(f"{text}Call-ID: {another_call_id(outlet, text)}\r\nCSeq: 1 INVITE\r\n")


def to_the_agent(outlet: Outlet, text: str) -> None:
    """Send it to somebody else."""
    outlet.send(text, to="agent")


def to_the_desk(outlet: Outlet, text: str) -> None:
    """Call the second desk instead of the human."""
    desk, human = (str(outlet.where[name]) for name in ("desk", "human"))
    outlet.send(text.replace("+12025550102", "+12025550103").replace(human, desk), to="desk")


def before(rewrite: Rewrite) -> Callable[[Outlet, str], None]:
    """Send something else first."""

    def act(outlet: Outlet, text: str) -> None:
        outlet.send_in_full(rewrite(text))
        outlet.send(text)

    return act


def branch_reused(first: str, second: str) -> Fault:
    """The second kind of request has the branch of the first."""
    known: list[str] = []

    def remember(outlet: Outlet, text: str) -> None:
        known.extend(re.findall(r"branch=(\w+)", text))
        outlet.send(text)

    def repeat(outlet: Outlet, text: str) -> None:
        outlet.send(re.sub(r"branch=\w+", f"branch={known[0]}", text, count=1))

    return both(on_sending(first, remember), on_sending(second, repeat))


def then(what: str, act: Callable[[Leg], object], whose: str, **more: Any) -> Fault:
    """A millisecond after a message, the leg with this party does something."""

    def send_and_wait(outlet: Outlet, text: str) -> None:
        outlet.send(text)
        leg = next(leg for leg in outlet.host.legs.values() if leg.destination == outlet.where[whose])
        outlet.do_later(MS, lambda: act(leg))

    return on_sending(what, send_and_wait, **more)


def hang_up(leg: Leg) -> None:
    """End the call, whatever it is in."""
    leg.release()


def send_bye(leg: Leg) -> None:
    """Send a BYE, whether it is allowed or not."""
    leg.send("BYE")


def send_report(leg: Leg) -> None:
    """Send a NOTIFY that nobody waits for."""
    rows = [
        ("Event", "refer"),
        ("Subscription-State", "terminated;reason=noresource"),
        ("Content-Type", "message/sipfrag"),
    ]
    leg.send("NOTIFY", rows, b"SIP/2.0 200 OK\r\n")


def swap_tags(text: str) -> str:
    """From and To keep their addresses and exchange their tags."""
    own, other = (re.findall(rf"(?m)^{name}:.*;tag=(\w+)", text)[0] for name in ("From", "To"))
    return text.replace(own, "?").replace(other, own).replace("?", other)


def cut_head(text: str) -> str:
    """The empty line that ends the head is missing."""
    return text.replace("\r\n\r\n", "\r\n")


def cut_lines(text: str) -> str:
    """Every line ends in a bare LF."""
    return text.replace("\r\n", "\n")
