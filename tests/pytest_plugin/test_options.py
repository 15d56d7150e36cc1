"""Options of pytest: the checks of the command line, and a sentence instead of a traceback."""

import shlex
from pathlib import Path

import pytest

from tests.pytest_plugin.loaded import load
from tests.suite.places import ANSWERED, PACKAGE_AT

pytest_plugins = ["pytester"]


@pytest.fixture(scope="module", autouse=True)
def _loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    load(tmp_path_factory.mktemp("loaded"))


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", PACKAGE_AT)
    pytester.mkdir("scenarios").joinpath("a.yaml").write_text(ANSWERED)
    return pytester


def run(folder: pytest.Pytester, *options: str) -> pytest.RunResult:
    return folder.runpytest_inprocess("-p", "harness.pytest_plugin", "scenarios", *options)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("--siptransfer-seed x", "argument --siptransfer-seed: 'x' is not a whole number from 0"),
        ("--siptransfer-seed=-1", "argument --siptransfer-seed: '-1' is not a whole number from 0"),
        ("--siptransfer-fail-on bad", "'bad' is not one of 'breaks-transfer', 'loses-context', "),
        ("--siptransfer-profile bad", "'bad' is not one of 'legacy', 'modern'"),
        ("--siptransfer-transport tls", "'tls' is not one of 'udp', 'tcp'"),
        ("--siptransfer-annotations x", "'x' is not one of 'auto', 'github', 'off'"),
        ("--siptransfer-under-test carrier", "'carrier' names no system under test"),
        ("--siptransfer-listen agent=x", "agent=x"),
        ("--siptransfer-listen agent=5070 -n 2", "only one process can listen on a port"),
        ("--siptransfer-deployment gone.yaml", "gone.yaml: cannot be read"),
        ("--siptransfer-json -", "pytest prints to stdout itself"),
        ("--siptransfer-json x --siptransfer-html x", "two reports would go to the same place"),
        ("--siptransfer-json scenarios", "scenarios is a folder"),
        ("--siptransfer-junit scenarios/a.yaml scenarios/a.yaml::a", "would be replaced by a report on it"),
    ],
)
def test_a_wrong_value_is_a_usage_error(folder: pytest.Pytester, options: str, text: str) -> None:
    done = run(folder, *shlex.split(options))
    told = done.stderr.str() + done.stdout.str()
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert text in told
    assert "Traceback" not in told


def test_a_report_that_cannot_be_written_is_a_broken_environment(folder: pytest.Pytester) -> None:
    Path("file").touch()
    done = run(folder, "--siptransfer-html", "file/below.html")
    assert done.ret == 3
    assert "cannot be written" in done.stderr.str() + done.stdout.str()


def test_a_scenario_is_never_replaced_by_a_report_on_it(folder: pytest.Pytester) -> None:
    done = run(folder, "--siptransfer-json", "scenarios/a.yaml")
    assert done.ret != 0
    assert "would be replaced by a report on it" in done.stdout.str()
    assert Path("scenarios/a.yaml").read_text() == ANSWERED


def test_options_reach_the_players_and_the_judge(folder: pytest.Pytester) -> None:
    done = run(
        folder, "--siptransfer-seed", "7", "--siptransfer-profile", "modern", "--siptransfer-json", "r.json",
        "--siptransfer-pcap", "kept", "--siptransfer-transport", "tcp", "--siptransfer-fail-on", "cosmetic",
    )  # fmt: skip
    done.assert_outcomes(failed=1)  # a 202 is what RFC 7647 section 5 does away with
    text = Path("r.json").read_text()
    assert '"seed": 7' in text
    assert '"profile": "modern"' in text
    assert '"trace": "a.trace.jsonl"' in text
    assert sorted(path.name for path in Path("kept").iterdir()) == ["a.pcapng", "a.trace.jsonl"]
