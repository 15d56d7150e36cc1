"""`siptransfer run`: collect, play, report. Must not live here: options (`main.py`)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

from harness.base.errors import EXIT_FAIL, HarnessError
from harness.cli.output import Outputs, tell_skipped
from harness.judge.finding import Profile
from harness.report.terminal import Terminal
from harness.results.verdict import Policy, exit_code
from harness.suite.collect import Item, collect
from harness.suite.deployment import Deployment, read_deployment
from harness.suite.events import RunFinished, RunStarted
from harness.suite.play import Settings
from harness.suite.run import left_out, make_folder, results, run_all, unplayed
from harness.suite.under_test import parse_listen, parse_under_test


def run_command(
    paths: Sequence[str],
    *,
    json_path: str | None,
    html_path: str | None,
    junit_path: str | None,
    verbose: bool,
    **options: Any,
) -> int:
    """Play everything, write every report that was asked for, return the exit code."""
    outputs = Outputs(json_path, html_path, junit_path, verbose)
    outputs.check()
    try:
        items = collect(paths)
        outputs.spare([*(item.path for item in items), *filter(None, [options["deployment"]])])
        tell_skipped(paths)
    except KeyboardInterrupt:
        outputs.write(results(left_out([Item(path, path, path) for path in paths]), options["seed"]))
        outputs.terminal().say("interrupted; nothing was played")
        return EXIT_FAIL
    try:
        settings = settings_of(**options)
        if settings.keep_in is not None:
            make_folder(settings.keep_in)
    except HarnessError as error:
        # Results are written at every exit code: whoever reads them must not find those of yesterday.
        outputs.write(results(unplayed(items, error), options["seed"]))
        raise
    terminal = outputs.terminal()
    interrupted = _play(items, settings, outputs, terminal)
    missing = items[len(outputs.runs) :]
    played = results(outputs.entries(), settings.seed)
    # Whoever reads the results must see that there was more to play.
    outputs.runs += [RunFinished(1, 1, entry) for entry in left_out(missing)]
    whole = results(outputs.entries(), settings.seed)
    terminal.closing(played, outputs.write(whole))
    if interrupted or missing:
        terminal.say(f"interrupted; {len(missing)} of {len(items)} were not played")
        return max(EXIT_FAIL, exit_code(whole.verdict))
    return exit_code(whole.verdict)


def _play(items: Sequence[Item], settings: Settings, outputs: Outputs, terminal: Terminal) -> bool:
    """Play all items and tell the listeners; true when the user interrupted it."""
    live = any(item.plan is not None and settings.is_live(item.plan) for item in items)
    interrupted = False
    began = monotonic()
    with _interrupts(live=live) as stop:
        try:
            for event in run_all(items, settings, stop):
                if isinstance(event, RunStarted):
                    began = monotonic()
                    terminal.started(event.number, event.total, event.id, live=event.live)
                    continue
                outputs.runs.append(event)
                outputs.wall_seconds[event.run.id] = monotonic() - began
                interrupted = interrupted or event.interrupted
                path = items[event.number - 1].path
                terminal.finished(event.run, event.trace, event.source, alone=event.total == 1, path=path)
                for path in event.kept if event.interrupted else ():
                    terminal.say(f"  the trace so far: {path}")
        except KeyboardInterrupt:
            return True
    return interrupted


def settings_of(
    *,
    fail_on: str,
    strict: bool,
    profile: Profile,
    keep_in: str | None,
    seed: int,
    live: bool,
    under_test: Sequence[str],
    listen: Sequence[str],
    deployment: str | None,
    transport: Any,
    ipv6: bool,
) -> Settings:
    """The options as settings. Raises UsageError."""
    return Settings(
        seed=seed,
        live=live or ipv6 or bool(listen),
        transport=transport,
        ipv6=ipv6,
        under_test=dict(parse_under_test(text) for text in under_test),
        ports=dict(parse_listen(text) for text in listen),
        deployment=Deployment() if deployment is None else read_deployment(deployment),
        policy=Policy(fail_on, strict, profile),
        keep_in=keep_in,
    )


@contextmanager
def _interrupts(*, live: bool) -> Iterator[Callable[[], bool] | None]:
    """Ctrl-C as a question in live runs, so that calls are released; virtual runs just stop."""
    if not live:
        yield None
        return
    from harness.runtime.live.interrupt import interrupts

    with interrupts() as stop:
        yield stop
