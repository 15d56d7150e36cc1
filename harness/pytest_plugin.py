"""`pytest scenarios/`: every scenario is a pytest item, alone and with `-n auto`.

Imported at the start of every pytest run on the machine, so it imports nothing of the harness until
it meets a scenario file. Must not live here: playing (`suite`), explanations (`report/failure.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.suite.collect import Item
    from harness.suite.events import RunFinished
    from harness.suite.play import Settings


class ScenarioFailed(Exception):
    """A scenario did not pass. Its text is the explanation."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("siptransfer", "call transfer scenarios")
    group.addoption("--siptransfer-live", action="store_true", help="play scenarios on real sockets")
    group.addoption(
        "--siptransfer-seed", type=int, default=0, metavar="N", help="seed of virtual time (default: 0)"
    )
    group.addoption(
        "--siptransfer-under-test", action="append", default=[], metavar="ROLE=URI",
        help="this role is your own system, at this SIP URI",
    )  # fmt: skip
    group.addoption(
        "--siptransfer-listen", action="append", default=[], metavar="NAME=PORT",
        help="this party of ours listens on that port; not with -n",
    )  # fmt: skip
    group.addoption("--siptransfer-deployment", metavar="FILE", help="addresses and logins of real systems")
    group.addoption("--siptransfer-strict", action="store_true", help="undecided rules count too")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    if file_path.suffix not in (".yaml", ".yml"):
        return None
    from harness.suite.collect import is_scenario

    if not is_scenario(file_path):
        return None
    made: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return made


class ScenarioFile(pytest.File):
    """One scenario file: an item for each combination of its parameters."""

    def collect(self) -> Iterator[ScenarioItem]:
        """One item for each plan; a file with mistakes is one item that shows them all."""
        from harness.suite.collect import items_of, vocabulary

        path = os.path.relpath(self.path)
        for item in items_of(path, path, vocabulary()):
            label = item.id[item.id.rindex("[") :] if item.id.endswith("]") and "[" in item.id else ""
            yield ScenarioItem.from_parent(self, name=self.path.stem + label, item=item)


class ScenarioItem(pytest.Item):
    """One scenario, played when pytest runs it."""

    def __init__(self, *, item: Item, **more: Any) -> None:
        super().__init__(**more)
        self.item = item

    def runtest(self) -> None:
        """Play and judge. Raises ScenarioFailed unless the verdict is pass."""
        finished = self.play()
        self.user_properties.append(("siptransfer_verdict", finished.run.verdict))
        if finished.interrupted:
            raise KeyboardInterrupt
        if finished.run.verdict != "pass":
            raise ScenarioFailed(explained(finished))

    def play(self) -> RunFinished:
        """Play; Ctrl-C in a live run releases the calls before pytest ends."""
        from harness.suite.run import file_names, run_item

        settings, name = self.settings(), file_names([self.item])[self.item.id]
        if self.item.plan is None or not settings.is_live(self.item.plan):
            return run_item(self.item, settings, name)
        from harness.runtime.live.interrupt import interrupts

        with interrupts() as stop:
            return run_item(self.item, settings, name, stop)

    def settings(self) -> Settings:
        """What the command line asked for."""
        from harness.results.verdict import Policy
        from harness.suite.deployment import Deployment, read_deployment
        from harness.suite.play import Settings
        from harness.suite.under_test import parse_listen, parse_under_test

        config = self.config
        ports = dict(parse_listen(text) for text in config.getoption("--siptransfer-listen"))
        systems = config.getoption("--siptransfer-under-test")
        deployment = config.getoption("--siptransfer-deployment")
        return Settings(
            seed=config.getoption("--siptransfer-seed"),
            live=config.getoption("--siptransfer-live") or bool(ports),
            under_test=dict(parse_under_test(text) for text in systems),
            ports=ports,
            deployment=Deployment() if deployment is None else read_deployment(deployment),
            policy=Policy(strict=config.getoption("--siptransfer-strict")),
        )

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The explanation instead of a traceback; errors of ours without one, too."""
        from harness.base.errors import HarnessError

        if isinstance(excinfo.value, ScenarioFailed | HarnessError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the scenario begins, and its sentence."""
        plan = self.item.plan
        title = self.item.id if plan is None else plan.title
        return self.path, 0 if plan is None else plan.line - 1, title


def explained(finished: RunFinished) -> str:
    """The whole failure as text: verdict and sentence, what was wanted and got, the ladder nearby."""
    from harness.report.failure import as_text, explain
    from harness.report.story import story

    run = finished.run
    head = f"{run.verdict}: {run.scenario or run.id}"
    told = [] if run.verdict == "invalid" else [story(run)]
    return "\n".join([head, *told, as_text(explain(run, finished.trace, finished.source, attempts=False))])
