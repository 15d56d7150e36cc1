"""One plan played with a real system, and what the judge says. Must not live here: assertions.

The run that a user would type (`siptransfer run --live --under-test`) is used where the real system
can be told our addresses by the calls themselves; a system that calls us must know them before.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import harness
from harness.actors.cast import build, places
from harness.base.endpoint import Endpoint, Transport
from harness.base.instant import SECOND
from harness.judge.judgement import Judgement, judge
from harness.runtime.live.play import play
from harness.runtime.live.process import RealSystem
from harness.runtime.live.sockets import open_sockets
from harness.scenario.load import load
from harness.scenario.plan import Plan
from harness.scenario.vocabulary import Vocabulary
from harness.trace.entries import Cast, Header, Trace
from tests.real.ports import free_endpoint

DATA = Path(__file__).parent / "data"
SEED = 7


@dataclass(frozen=True, slots=True)
class Session:
    """What came of it. `exit_status` is that of the real system, None when it had to be stopped."""

    plan: Plan
    trace: Trace
    judgement: Judgement
    exit_status: int | None = None

    def found(self, *verdicts: str) -> set[tuple[str, str]]:
        """(rule, who) of the findings with these verdicts."""
        return {(one.rule, one.who) for one in self.judgement.findings if one.verdict in verdicts}

    def expectations(self) -> dict[str, str]:
        """Name -> verdict."""
        return {one.name: one.verdict for one in self.judgement.expectations}


def environment() -> dict[str, str]:
    """An environment in which `-m harness` is the package that is tested, wherever it was installed."""
    return {**os.environ, "PYTHONPATH": str(Path(harness.__file__).parents[1])}


def run_command(scenario: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """`siptransfer run SCENARIO --live ARGUMENTS --json -`: exit code and the one run of the results."""
    command = [sys.executable, "-m", "harness", "run", str(scenario), "--live", *arguments, "--json", "-"]
    done = subprocess.run(
        command, cwd=scenario.parent, env=environment(), capture_output=True, timeout=60, check=False
    )
    assert done.stdout, done.stderr.decode()
    (run,) = json.loads(done.stdout)["runs"]
    assert isinstance(run, dict)
    return done.returncode, run


def session(
    scenario: Path,
    role: str,
    start: Callable[[Endpoint, Endpoint], AbstractContextManager[RealSystem]],
    *,
    transport: Transport = "udp",
    holds: bool = True,
) -> Session:
    """Play a scenario in which `role` is a real system.

    `start(its address, our address it calls)` starts it once our sockets are open. `holds`: our
    agent holds the caller before its REFER, which a SIPp scenario would have to expect.
    """
    (plan,) = load(str(scenario), Vocabulary())
    plan = replace(plan, agent=replace(plan.agent, holds=holds))
    real = free_endpoint()
    with open_sockets([name for name in places(plan) if name != role], transport=transport) as sockets:
        where = {**sockets.addresses, role: real}
        hosts = build(plan, SEED, where, transport=transport, under_test={role: f"sip:{role}@{real}"})
        cast = tuple(Cast(name, name, endpoint, name == role) for name, endpoint in where.items())
        ours = where["carrier" if role != "carrier" else "agent"]
        with start(real, ours) as system:
            trace = play(hosts, sockets, Header(seed=SEED, cast=cast), deadline_ns=60 * SECOND)
            status = system.wait_for_exit(5 * SECOND)
    return Session(plan, trace, judge(trace, plan=plan), status)
