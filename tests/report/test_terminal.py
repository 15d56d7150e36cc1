"""What people read while and after scenarios are played."""

import io
import re
from dataclasses import replace

import pytest

from harness.report.terminal import EXPLAINED_MAX, RECALLED_MAX, Terminal
from harness.results.comparison import Comparisons
from harness.results.model import Results, RuleTotal
from tests.ladders import cold_transfer
from tests.results.samples import INVALID, RESULTS, RUN


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_a_pipe_gets_no_escape_sequence_no_progress_and_no_wrapped_line() -> None:
    pipe = io.StringIO()
    terminal = Terminal(pipe)
    terminal.started(1, 2, "a", live=True)
    long = replace(RUN, scenario="long " * 60)
    terminal.finished(long, cold_transfer(), ["x"] * 20)
    terminal.closing(RESULTS, ["out.json"])
    text = pipe.getvalue()
    assert "\x1b" not in text
    assert "1 of 2" not in text
    assert ("long " * 60).strip() in text.splitlines()[0]
    assert text.splitlines()[-1].startswith("2 scenarios: 1 failed, 1 invalid, 1 warning in ")
    assert "wrote out.json" in text


def test_a_failure_shows_wanted_got_yaml_claim_and_ladder() -> None:
    pipe = io.StringIO()
    Terminal(pipe).finished(RUN, cold_transfer(), [f"line {number}" for number in range(1, 20)])
    text = pipe.getvalue()
    for part in (
        "outcome: wanted connected, got failed",
        "scenarios/cold/liar.yaml:10:3: line 10",
        "carrier reported success; human was not reached: the reported success is false",
        "truthful-notify",
        "REFER",
    ):
        assert part in text


def test_a_single_run_that_passed_tells_its_story_and_one_of_many_only_its_line() -> None:
    passed = replace(RUN, verdict="pass")
    one, many = io.StringIO(), io.StringIO()
    Terminal(one).finished(passed)
    Terminal(many, total=2).finished(passed)
    assert "Agent asked carrier" in one.getvalue()
    assert len(many.getvalue().splitlines()) == 1


def test_the_whole_ladder_is_there_when_asked_for() -> None:
    pipe = io.StringIO()
    trace = cold_transfer()
    Terminal(pipe, ladders=True).finished(replace(RUN, verdict="pass"), trace)
    assert len(pipe.getvalue().splitlines()) > len(trace.messages())


def test_a_screen_gets_colour_and_is_told_what_goes_on() -> None:
    screen = Screen()
    terminal = Terminal(screen)
    terminal.started(1, 2, "scenarios/one.yaml", live=True)
    terminal.finished(INVALID)
    assert "1 of 2  scenarios/one.yaml  on sockets, in real time" in screen.getvalue()
    assert "\x1b[1;31minvalid" in screen.getvalue()


def test_a_virtual_run_of_milliseconds_flashes_nothing() -> None:
    screen = Screen()
    Terminal(screen).started(1, 2, "scenarios/one.yaml", live=False)
    assert screen.getvalue() == ""


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
def test_a_ladder_fits_into_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for stream in (io.StringIO(), Screen()):
        trace = cold_transfer(target_status=486)
        Terminal(stream, ladders=True, total=2).finished(replace(RUN, verdict="pass", findings=()), trace)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()
        assert len(plain) > len(trace.messages())
        assert max(len(line) for line in plain[1:]) <= columns


def test_an_ascii_terminal_gets_an_ascii_ladder_and_no_error() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Terminal(stream).finished(replace(RUN, scenario="Kälte\x1b"), cold_transfer())
    stream.flush()
    text = raw.getvalue().decode("ascii")
    assert "K?lte?" in text
    assert "-- REFER" in text


def test_one_message_is_no_messages() -> None:
    pipe = io.StringIO()
    Terminal(pipe).finished(replace(RUN, verdict="pass", messages=1, seconds=0.0))
    assert "  1 message, 0.000 s" in pipe.getvalue()


def test_the_first_line_names_the_file_as_the_user_did() -> None:
    pipe = io.StringIO()
    run = replace(RUN, id=RUN.source + "[style=cold]")
    Terminal(pipe).finished(run, path="../liar.yaml")
    first, *others = pipe.getvalue().splitlines()
    assert "  ../liar.yaml[style=cold]  " in first
    assert "    ../liar.yaml:10:3" in others
    assert RUN.source not in pipe.getvalue()
    passed = io.StringIO()
    Terminal(passed).finished(replace(RUN, verdict="pass"))
    assert RUN.id in passed.getvalue()


def test_mistakes_stand_at_the_path_that_the_user_gave() -> None:
    pipe = io.StringIO()
    Terminal(pipe).finished(INVALID, path="/elsewhere/x.yaml")
    assert "  /elsewhere/x.yaml:" in pipe.getvalue()


def test_the_story_of_a_failed_run_is_the_same_alone_and_among_others() -> None:
    one, many = io.StringIO(), io.StringIO()
    Terminal(one).finished(RUN, cold_transfer())
    Terminal(many, total=2).finished(RUN, cold_transfer())
    assert one.getvalue() == many.getvalue()
    assert one.getvalue().splitlines()[1].startswith("  Agent asked carrier")


def test_warnings_are_counted_and_told_where_there_is_room_or_all_is_wanted() -> None:
    passed = replace(RUN, verdict="pass")
    pipe, terminal = io.StringIO(), Terminal(io.StringIO())
    sentence = "  warning: carrier: no expires (RFC3515-2.4.4-3)  [message 7]"
    for alone, whole, told in ((True, False, True), (False, False, False), (False, True, True)):
        pipe = io.StringIO()
        terminal = Terminal(pipe, ladders=whole, total=1 if alone else 2)
        terminal.finished(passed)
        lines = pipe.getvalue().splitlines()
        assert lines[0].endswith("31.200 s  1 warning")
        assert (sentence in lines) is told
    terminal.closing(replace(RESULTS, runs=(passed, passed)))
    assert "2 scenarios: 2 passed, 2 warnings in " in pipe.getvalue()


def test_what_the_scenario_expects_is_no_warning() -> None:
    pipe = io.StringIO()
    expected = tuple(replace(each, expected=True) for each in RUN.findings)
    Terminal(pipe).finished(replace(RUN, verdict="pass", findings=expected))
    assert "warning" not in pipe.getvalue()


def test_findings_are_wrapped_on_a_screen_and_places_and_commands_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    screen = Screen()
    command = f"siptransfer run --verbose {'x' * 60}"
    findings = tuple(replace(each, text="many words " * 20) for each in RUN.findings)
    Terminal(screen).finished(replace(RUN, findings=findings), cold_transfer(), again=command)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).splitlines()
    wordy = [line for line in plain if "many words" in line]
    assert len(wordy) > 4 and max(map(len, wordy)) <= 50
    assert f"  to see all of it: {command}" in plain


def test_nothing_played_is_said_so() -> None:
    pipe = io.StringIO()
    Terminal(pipe).closing(replace(RESULTS, runs=()))
    assert pipe.getvalue() == "nothing was played\n"


def test_who_asks_nothing_is_told() -> None:
    pipe = io.StringIO()
    Terminal(pipe).finished(replace(RUN, verdict="pass", expectations=()))
    assert "asks nothing about the outcome" in pipe.getvalue()


def test_the_closing_line_counts_verdicts_by_their_names() -> None:
    pipe = io.StringIO()
    Terminal(pipe).closing(replace(RESULTS, runs=(replace(RUN, verdict="inconclusive"),)))
    assert "1 inconclusive" in pipe.getvalue()


def test_captures_are_called_captures() -> None:
    pipe = io.StringIO()
    Terminal(pipe).closing(Results(1, "t", 0, "fail", (replace(RUN, mode="capture"),)))
    assert pipe.getvalue().startswith("1 capture: 1 failed")


def test_an_escape_sequence_of_a_peer_reaches_no_terminal() -> None:
    screen = Screen()
    Terminal(screen).finished(replace(RUN, scenario="\x1b]0;owned\x07\x9b31m[bold]x[/bold]"))
    assert "owned" in screen.getvalue()
    assert "\x1b]0;" not in screen.getvalue()
    assert "\x9b" not in screen.getvalue()
    assert "[bold]x[/bold]" in screen.getvalue()


def test_a_command_of_a_peer_to_a_ci_server_is_broken_up_and_our_own_is_not() -> None:
    pipe = io.StringIO()
    evil = tuple(replace(each, got="::stop-commands::x ##[add-mask]a") for each in RUN.expectations)
    terminal = Terminal(pipe)
    terminal.finished(replace(RUN, expectations=evil, error="::error::x", verdict="broken"))
    terminal.finished(replace(RUN, expectations=evil))
    terminal.say("::error::x")
    printed = pipe.getvalue()
    assert "## [add-mask]a" in printed
    assert "##[" not in printed
    assert not [line for line in printed.splitlines() if line.strip().startswith("::")]
    terminal.command("::error::x")
    assert pipe.getvalue().splitlines()[-1] == "::error::x"


class Gone(io.StringIO):
    """A pipe whose reader has left."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_reader_who_leaves_does_not_end_the_runs() -> None:
    terminal = Terminal(Gone())
    terminal.finished(RUN, cold_transfer())
    terminal.closing(RESULTS)


def test_a_thousand_that_passed_are_counted_not_listed_and_failures_are_kept() -> None:
    pipe = io.StringIO()
    terminal = Terminal(pipe, total=1000)
    for number in range(999):
        terminal.finished(replace(RUN, id=f"{number}.yaml", verdict="pass"))
    terminal.finished(RUN, cold_transfer())
    terminal.closing(RESULTS)
    text = pipe.getvalue()
    assert len(text.splitlines()) < 60
    assert RUN.id in text
    assert "999 passed and are not listed; --verbose lists them" in text


def test_who_wants_all_gets_a_line_for_each() -> None:
    pipe = io.StringIO()
    terminal = Terminal(pipe, total=1000, ladders=True)
    for number in range(1000):
        terminal.finished(replace(RUN, id=f"{number}.yaml", verdict="pass", findings=()))
    assert len(pipe.getvalue().splitlines()) == 1000


def test_of_a_thousand_failures_the_first_are_explained_and_the_rest_named() -> None:
    pipe = io.StringIO()
    terminal = Terminal(pipe, total=1000)
    for _ in range(1000):
        terminal.finished(RUN, cold_transfer())
    terminal.closing(RESULTS)
    text = pipe.getvalue()
    assert text.count("outcome: wanted connected") == EXPLAINED_MAX
    assert f"the first {EXPLAINED_MAX} were explained" in text
    assert f"and {1000 - RECALLED_MAX} more" in text


def test_a_long_run_in_a_pipe_says_now_and_then_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("harness.report.terminal.monotonic", lambda: now[0])
    pipe = io.StringIO()
    terminal = Terminal(pipe, total=1000)
    for number in range(1, 1001):
        terminal.started(number, 1000, "x", live=False)
        terminal.finished(replace(RUN, verdict="pass"))
        now[0] += 1 / 32
    assert [line.split(":")[0] for line in pipe.getvalue().splitlines()] == [
        f"{number} of 1000" for number in (322, 643, 964)
    ]


def test_what_did_not_pass_is_named_once_more_at_the_end() -> None:
    pipe = io.StringIO()
    terminal = Terminal(pipe, total=3)
    for run in (RUN, replace(RUN, verdict="pass"), INVALID):
        terminal.finished(run)
    terminal.closing(RESULTS)
    lines = pipe.getvalue().splitlines()
    assert lines[-4:-1] == [
        "not passed:",
        "  fail          scenarios/cold/liar.yaml",
        "  invalid       scenarios/broken.yaml",
    ]


def test_how_to_see_all_of_it_stands_below_a_part_of_the_ladder() -> None:
    part, whole, passed = io.StringIO(), io.StringIO(), io.StringIO()
    Terminal(part).finished(RUN, cold_transfer(), again="siptransfer run -v x.yaml")
    Terminal(whole, ladders=True).finished(RUN, cold_transfer(), again="siptransfer run -v x.yaml")
    Terminal(passed).finished(
        replace(RUN, verdict="pass"), cold_transfer(), again="siptransfer run -v x.yaml"
    )
    assert part.getvalue().splitlines()[-1] == "  to see all of it: siptransfer run -v x.yaml"
    assert "to see all" not in whole.getvalue() + passed.getvalue()


def test_counts_of_rules_are_for_who_wants_all() -> None:
    rules = (
        RuleTotal("a-rule", "MUST", "cosmetic", "", "", "", applicable=3, passed=1, failed=2),
        RuleTotal("idle", "MUST", "cosmetic", "", "", ""),
    )
    few, all_of_it = io.StringIO(), io.StringIO()
    Terminal(few).closing(replace(RESULTS, rules=rules))
    Terminal(all_of_it, ladders=True).closing(replace(RESULTS, rules=rules))
    assert "a-rule" not in few.getvalue()
    assert all_of_it.getvalue().splitlines()[:2] == [
        "a-rule  3 applicable, 2 failed",
        "never applicable: idle",
    ]


def test_earlier_runs_are_compared_with_before_the_last_line() -> None:
    pipe = io.StringIO()
    Terminal(pipe).closing(RESULTS, past=Comparisons(2, 1, {}, ("gone.yaml",)))
    assert pipe.getvalue().splitlines()[:2] == [
        "history: this is run 2; the last good one was run 1",
        "gone: gone.yaml",
    ]


def test_no_color_is_obeyed_on_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    terminal = Terminal(screen)
    terminal.finished(RUN, cold_transfer())
    terminal.closing(RESULTS)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", screen.getvalue())
    assert "fail" in screen.getvalue()


def test_sentences_are_wrapped_between_words_on_a_screen_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for stream, lines in ((Screen(), 4), (io.StringIO(), 1)):
        Terminal(stream).finished(RUN)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()
        told = plain[1 : next(n for n, line in enumerate(plain) if "outcome: wanted" in line)]
        assert len(told) == lines
        assert " ".join(line.strip() for line in told).startswith(
            "Agent asked carrier to move the call of caller"
        )
