"""`siptransfer judge`: a trace or a capture, judged like a run. Must not live here: reading files."""

import os
import shlex
from dataclasses import replace
from typing import Any

from harness.base.errors import EXIT_FAIL, HarnessError, UsageError
from harness.cli.interruption import Interruption, interruption
from harness.cli.output import Outputs
from harness.judge.finding import Profile
from harness.report.files import Files
from harness.report.github import Choice
from harness.report.terminal import NO_SCENARIO
from harness.results.make import Subject, unplayed
from harness.results.model import RunVerdict
from harness.results.verdict import Policy
from harness.scenario.load import shown_path
from harness.suite.events import RunFinished
from harness.suite.play import Settings
from harness.suite.run import judged, results
from harness.trace.entries import FaultEntry, Trace


def judge_command(file: str, **options: Any) -> int:
    """Judge one file, write every report that was asked for, return the exit code."""
    with interruption() as heard:
        return _judge(file, heard, **options)


def _judge(
    file: str,
    heard: Interruption,
    *,
    json_path: str | None,
    html_path: str | None,
    junit_path: str | None,
    history: str | None,
    annotations: Choice,
    fail_on: str,
    strict: bool,
    profile: Profile,
    verbose: bool,
) -> int:
    from harness.capture.reader import read

    outputs = Outputs(Files(json_path, html_path, junit_path, history), verbose, annotations)
    settings = Settings(policy=Policy(fail_on, strict, profile))
    shown = shown_path(file)
    title = f"Capture {os.path.basename(file)}"
    nothing = unplayed(
        Subject(shown, title, shown), "inconclusive", "interrupted before it was judged", "capture"
    )
    try:
        heard.at_once = True
        outputs.files.check()
        outputs.files.spare([file])
        trace = read(file)
        title = trace.header.scenario or title
        run = judged(Subject(shown, title, shown, file=os.path.basename(file)), trace, settings)
    except HarnessError as error:
        heard.at_once = False
        verdict: RunVerdict = "invalid" if isinstance(error, UsageError) else "broken"
        nothing = replace(nothing, verdict=verdict, error=str(error))
        outputs.refuse(results([nothing], 0), [file])
        raise
    except KeyboardInterrupt:
        heard.at_once = False
        outputs.refuse(results([nothing], 0), [file])
        outputs.terminal().say("interrupted; nothing was judged")
        return EXIT_FAIL
    finally:
        heard.at_once = False
    why = doubt(trace)
    if why:
        run = replace(run, verdict="inconclusive" if run.verdict == "pass" else run.verdict, error=why)
    outputs.add(RunFinished(1, 1, run, trace), file)
    terminal = outputs.terminal()
    more = shlex.join(["siptransfer", "judge", "--verbose", file])
    terminal.finished(run, trace, path=file, again=more, not_asked=NO_SCENARIO)
    whole = results([run], trace.header.seed)
    return outputs.close(terminal, whole, whole, [file])


def doubt(trace: Trace) -> str:
    """Why a file cannot prove that all was well: what it lacks; empty for a whole file with SIP in it."""
    for entry in trace.entries:
        if isinstance(entry, FaultEntry) and entry.kind == "damaged":
            return f"the capture is damaged ({entry.text}); what could be read of it was judged"
    if not trace.messages():
        return "the file has no SIP in it"
    return ""
