"""`siptransfer run`: collect, play, report. Must not live here: options (`main.py`)."""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness.base.errors import EXIT_FAIL, EXIT_INVALID, HarnessError
from harness.cli.interruption import Interruption, interruption
from harness.cli.output import Outputs, tell_skipped
from harness.report.files import Files
from harness.report.github import Choice
from harness.report.terminal import Terminal
from harness.suite.collect import Item, collect
from harness.suite.events import RunFinished, RunStarted
from harness.suite.options import settings_of
from harness.suite.play import Settings
from harness.suite.run import left_out, make_folder, results, run_all, unplayed


def run_command(paths: Sequence[str], **options: Any) -> int:
    """Play everything, write every report that was asked for, return the exit code."""
    with interruption() as heard:
        return _run(paths, heard, **options)


def _run(
    paths: Sequence[str],
    heard: Interruption,
    *,
    json_path: str | None,
    html_path: str | None,
    junit_path: str | None,
    history: str | None,
    annotations: Choice,
    verbose: bool,
    **options: Any,
) -> int:
    outputs = Outputs(Files(json_path, html_path, junit_path, history), verbose, annotations)
    inputs = list(filter(None, [options["deployment"]]))
    items = [Item(path, path, path) for path in paths]
    try:
        heard.at_once = True
        items = collect(paths)
        tell_skipped(paths)
    except KeyboardInterrupt:
        heard.at_once = False
        outputs.refuse(results(left_out(items), options["seed"]), [*inputs, *paths])
        outputs.terminal().say("interrupted; nothing was played")
        return EXIT_FAIL
    finally:
        heard.at_once = False
    inputs += [item.path for item in items]
    try:
        outputs.files.check()
        outputs.files.spare(inputs)
        settings = replace(settings_of(**options), every_trace=verbose or html_path is not None)
        if settings.keep_in is not None:
            make_folder(settings.keep_in)
            outputs.keep_in = settings.keep_in
    except HarnessError as error:
        outputs.refuse(results(unplayed(items, error), options["seed"]), inputs)
        raise
    terminal = outputs.terminal(len(items))
    interrupted = _play(items, settings, outputs, terminal, more=again(**options), heard=heard)
    missing = items[len(outputs.played) :]
    played = results(outputs.entries(), settings.seed)
    for item, entry in zip(missing, left_out(missing), strict=True):
        # Whoever reads the results must see that there was more to play.
        outputs.add(RunFinished(1, 1, entry), item.path)
    code = outputs.close(terminal, results(outputs.entries(), settings.seed), played, paths)
    if interrupted or missing or heard.asked():
        left = f"{len(missing)} of {len(items)} were not played"
        terminal.say(f"interrupted; {left if missing else 'everything was played'}")
        return code if code == EXIT_INVALID else EXIT_FAIL
    return code


def _play(
    items: Sequence[Item],
    settings: Settings,
    outputs: Outputs,
    terminal: Terminal,
    *,
    more: str,
    heard: Interruption,
) -> bool:
    """Play all items and tell the listeners; true when the user interrupted it. `more` is the command that
    shows more of an item. Virtual runs just stop; live ones ask, so that calls are released."""
    interrupted = False
    try:
        heard.at_once = not any(item.plan is not None and settings.is_live(item.plan) for item in items)
        for event in run_all(items, settings, heard.asked):
            if isinstance(event, RunStarted):
                terminal.started(event.number, event.total, event.id, live=event.live)
                continue
            item = items[event.number - 1]
            outputs.add(event, item.path)
            interrupted = interrupted or event.interrupted
            one = f"{more} {shlex.quote(item.path + item.id.removeprefix(item.source))}"
            terminal.finished(event.run, event.trace, event.source, event.mistakes, path=item.path, again=one)
            for path in event.kept if event.interrupted else ():
                terminal.say(f"  the trace so far: {path}")
    except KeyboardInterrupt:
        interrupted = True
    finally:
        heard.at_once = False
    return interrupted


def again(**options: Any) -> str:
    """The command that plays with these options again and shows everything, but for the path."""
    words = ["siptransfer", "run", "--verbose", "--seed", str(options["seed"])]
    for name, given in options.items():
        option = f"--{name.replace('_', '-')}"
        if given is True:
            words.append(option)
        elif name in ("under_test", "listen"):
            words += [word for each in given for word in (option, each)]
        elif name in _DEFAULTS and given not in (None, _DEFAULTS[name]):
            words += [option, str(given)]
    return shlex.join(words)


_DEFAULTS = {"fail_on": "loses-context", "profile": "legacy", "transport": "udp", "deployment": None}
