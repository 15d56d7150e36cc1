"""A failing example: a complete clean trace with one named edit, and the rules that trip on it.

Must not live here: the examples themselves (one table in each test module of a family).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.base.endpoint import Endpoint
from harness.base.instant import MS
from harness.judge.finding import Finding, Profile
from harness.judge.rule import apply
from harness.judge.rules import ALL
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from tests.ladders import AGENT, CARRIER, cold_transfer, insert, replaced, with_entries

RFC_RULES = tuple(name for name, each in ALL.items() if each.info.level != "PRACTICE")
"""The rules that an RFC states; practices are tested beside `practice.py`."""


@dataclass(frozen=True, slots=True)
class Example:
    """One edit that breaks a rule."""

    rule: str
    edit: str
    """What is wrong in the trace, in words."""
    trace: Callable[[], Trace]
    also: tuple[str, ...] = ()
    """Other rules that trip on the same fact."""
    who: str = "carrier"
    """Who is blamed."""
    verdict: str = "fail"
    profile: Profile = "legacy"

    def __str__(self) -> str:
        return f"{self.rule}: {self.edit}"


def clean(**options: object) -> Trace:
    """The clean trace of `tests/ladders.py`, with the REFER accepted by 200 (RFC 7647 section 5)."""
    return cold_transfer(**{"refer_status": 200, **options})


def findings(trace: Trace, *rules: str, profile: Profile = "legacy") -> list[Finding]:
    """What the rules find in all cases of a trace, without what stayed undecided."""
    found = []
    for case in rebuild(trace):
        applied = apply(case, *(rules or RFC_RULES), profile=profile)
        found += [finding for finding in applied.findings if finding.verdict != "inconclusive"]
    return found


def check(example: Example) -> None:
    """Assert that exactly the listed rules trip, and that the right one is blamed with evidence."""
    found = findings(example.trace(), profile=example.profile)
    tripped = {finding.rule for finding in found}
    assert tripped == {example.rule, *example.also}, "\n".join(map(str, found))
    own = [finding for finding in found if finding.rule == example.rule]
    assert {finding.verdict for finding in own} == {example.verdict}
    assert {finding.who for finding in own} == {example.who}
    assert all(finding.evidence and finding.text for finding in own)


def to_agent(method: str, cseq: int, rows: str = "", *, status: int | None = None) -> str:
    """A further request of the carrier on the agent's leg, or its answer when `status` is given."""
    start = f"{method} sip:+15550102@192.0.2.3:5060 SIP/2.0" if status is None else f"SIP/2.0 {status} Answer"
    return (
        f"{start}\r\n"
        f"Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-extra-{cseq}\r\n"
        + ("Max-Forwards: 70\r\n" if status is None else "")
        + "From: <sip:+15550101@carrier.example>;tag=carrier-b\r\n"
        "To: <sip:+15550102@carrier.example>;tag=agent-b\r\n"
        "Call-ID: agent-leg@192.0.2.2\r\n"
        f"CSeq: {cseq} {method}\r\n{rows}Content-Length: 0\r\n\r\n"
    )


def exchange(trace: Trace, after: int, method: str, cseq: int, *, status: int = 200, rows: str = "") -> Trace:
    """Insert a request of the carrier to the agent, and its answer, after message `after`."""
    text = to_agent(method, cseq, rows)
    asked = insert(trace, after, text, source=CARRIER, destination=AGENT, delay_ns=MS)
    number = next(entry.n for entry in asked.messages() if entry.raw == text.encode())
    reply = to_agent(method, cseq, status=status)
    return insert(asked, number, reply, source=AGENT, destination=CARRIER, delay_ns=MS)


TARGET_DIALOG = "Target-Dialog: agent-leg@192.0.2.2;local-tag=carrier-b;remote-tag=agent-b\r\n"
"""The agent's call as the carrier sees it (RFC 4538 section 3)."""

_CARRIER_URI = "sip:+15550101@192.0.2.2:5060"


def outside(rows: str = f"{TARGET_DIALOG}Require: tdialog\r\n") -> Trace:
    """The clean trace with a GRUU as the carrier's Contact and the REFER in a dialog of its own.

    `rows` stand in the REFER instead of Referred-By's neighbours: Target-Dialog and Require.
    """
    trace = clean()
    items = []
    for entry in trace.messages():
        text = entry.raw.decode("latin-1").replace(_CARRIER_URI, f"{_CARRIER_URI};gr=urn:uuid:f81d4fae")
        if entry.message.method in ("REFER", "NOTIFY"):
            text = text.replace("Call-ID: agent-leg@192.0.2.2", "Call-ID: refer@192.0.2.3")
        if text.startswith("REFER"):
            text = text.replace(";tag=carrier-b\r\nCall-ID", "\r\nCall-ID").replace(
                "Refer-To", f"{rows}Refer-To"
            )
        items.append(replaced(entry, text))
    return with_entries(trace, items)


def exactly(example: Example) -> None:
    """Assert that of the practices only the listed ones trip, and that the right one is blamed."""
    names = [name for name, each in ALL.items() if each.info.level == "PRACTICE"]
    found = [finding for finding in findings(example.trace(), *names) if finding.verdict == example.verdict]
    assert {finding.rule for finding in found} == {example.rule, *example.also}, "\n".join(map(str, found))
    own = [finding for finding in found if finding.rule == example.rule]
    assert {finding.who for finding in own} == {example.who}
    assert all(finding.evidence and finding.text for finding in own)


EPHEMERAL = 40_000


def from_other_ports(trace: Trace) -> Trace:
    """The same over TCP, as real systems do it: who sends a request does so from a port of its own for each
    peer, and is answered there; only its Via says where it listens."""
    ports: dict[tuple[Endpoint, Endpoint], Endpoint] = {}

    def client(near: Endpoint, far: Endpoint) -> Endpoint:
        return ports.setdefault((near, far), Endpoint(near.host, EPHEMERAL + len(ports)))

    items = []
    for entry in trace.messages():
        source, destination = entry.source, entry.destination
        if entry.message.is_request:
            source = client(source, destination)
        else:
            destination = client(destination, source)
        raw = entry.raw.replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP")
        items.append(replace(entry, raw=raw, transport="tcp", source=source, destination=destination))
    return with_entries(trace, items)
