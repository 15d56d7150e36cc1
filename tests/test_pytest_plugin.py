"""`pytest scenarios/`: items, failure text, options, alone and on several cores."""

import pytest

from tests.pytest_plugin.loaded import load
from tests.suite.places import ANSWERED, BUSY_AND_WRONG, MISTAKEN, PACKAGE_AT

pytest_plugins = ["pytester"]


@pytest.fixture(scope="module", autouse=True)
def _loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    load(tmp_path_factory.mktemp("loaded"))


PLUGIN = ("-p", "harness.pytest_plugin")


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", PACKAGE_AT)
    pytester.mkdir("scenarios")
    return pytester


def play(folder: pytest.Pytester, *words: str) -> pytest.RunResult:
    """In this process: starting another for each takes longer than all that is tested."""
    return folder.runpytest_inprocess(*PLUGIN, *words)


def write(pytester: pytest.Pytester, name: str, text: str) -> None:
    path = pytester.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_scenario_is_an_item_named_after_its_file(folder: pytest.Pytester) -> None:
    write(folder, "scenarios/cold/answered.yaml", ANSWERED)
    done = play(folder, "-v", "scenarios")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["scenarios/cold/answered.yaml::answered PASSED*"])


def test_other_yaml_is_left_alone(folder: pytest.Pytester) -> None:
    write(folder, "tests/data.yaml", "key: value\n")
    write(folder, "tests/wanted.yaml", ANSWERED)
    play(folder, "tests").assert_outcomes(passed=1)


def test_a_failure_shows_what_was_wanted_and_got_and_the_ladder_but_no_traceback(
    folder: pytest.Pytester,
) -> None:
    write(folder, "scenarios/busy.yaml", BUSY_AND_WRONG)
    done = play(folder, "scenarios")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "*The human is busy, and a wish that does not come true*",
            "outcome: wanted connected, got failed*",
            "  scenarios/busy.yaml:5:3: outcome: connected",
            "*caller*carrier*agent*human*",
            "*486 Busy Here*",
        ]
    )
    assert "Traceback" not in done.stdout.str()


def test_every_mistake_of_a_file_is_in_the_failure(folder: pytest.Pytester) -> None:
    write(folder, "scenarios/wrong.yaml", MISTAKEN)
    done = play(folder, "scenarios")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["scenarios/wrong.yaml:2:11: *", "scenarios/wrong.yaml:3:9: *"])


def test_parameters_make_several_items(folder: pytest.Pytester) -> None:
    text = "scenario: Two\ntransfer: cold\nparameters: {status: [486, 603]}\nhuman: {rejects: $status}\n"
    write(folder, "scenarios/two.yaml", text)
    done = play(folder, "-v", "scenarios")
    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(["*two.yaml::two[[]*486*[]] PASSED*", "*two.yaml::two[[]*603*[]] PASSED*"])


def test_items_run_on_several_cores(folder: pytest.Pytester) -> None:
    for number in range(4):
        write(folder, f"scenarios/{number}.yaml", ANSWERED)
    write(folder, "scenarios/busy.yaml", BUSY_AND_WRONG)
    done = folder.runpytest_subprocess(*PLUGIN, "-n", "2", "scenarios")
    done.assert_outcomes(passed=4, failed=1)
    done.stdout.fnmatch_lines(["outcome: wanted connected, got failed*"])


def test_a_single_item_is_chosen_by_its_name(folder: pytest.Pytester) -> None:
    write(folder, "scenarios/a.yaml", ANSWERED)
    write(folder, "scenarios/b.yaml", ANSWERED)
    play(folder, "scenarios/a.yaml::a").assert_outcomes(passed=1)
    play(folder, "-k", "b", "scenarios").assert_outcomes(passed=1, deselected=1)


def test_sockets_are_used_when_asked_for(folder: pytest.Pytester) -> None:
    quick = "scenario: Quick\ntransfer: cold\nhuman: {rejects: 486}\nagent: {waits: 10ms}\n"
    write(folder, "scenarios/quick.yaml", quick)
    play(folder, "--siptransfer-live", "scenarios").assert_outcomes(passed=1)


def test_the_plugin_costs_other_projects_nothing(folder: pytest.Pytester) -> None:
    """No harness module but the plugin itself is loaded where there is no scenario."""
    folder.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            loaded = {name for name in sys.modules if name.startswith("harness.")}
            assert loaded <= {"harness.pytest_plugin", "harness.pytest_plugin.options"}
        """
    )
    folder.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=1)


def test_a_system_under_test_and_a_port_to_listen_on_are_options_too(folder: pytest.Pytester) -> None:
    write(folder, "scenarios/one.yaml", ANSWERED)
    done = folder.runpytest_subprocess(
        *PLUGIN, "--siptransfer-under-test", "carrier=sip:127.0.0.1:9", "scenarios"
    )
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*nothing answered at 127.0.0.1:9*"])
    done = play(folder, "--siptransfer-listen", "bob=5060", "scenarios")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*we play nobody named 'bob'*"])


def test_markers_come_from_the_style_and_from_the_file_and_are_known(folder: pytest.Pytester) -> None:
    write(folder, "scenarios/a.yaml", f"{ANSWERED}markers: [nightly, needs_pbx]\n")
    write(folder, "scenarios/wrong.yaml", MISTAKEN)
    chosen = {"siptransfer": 2, "cold and nightly and not warm": 1, "needs_pbx": 1}
    for marker, count in chosen.items():
        done = folder.runpytest_subprocess(
            *PLUGIN, "--strict-markers", "--co", "-q", "-m", marker, "scenarios"
        )
        assert done.ret == 0, done.stdout.str()
        assert done.stdout.str().count(".yaml::") == count
        assert "warnings" not in done.stdout.str()


def test_a_python_test_may_use_the_automatic_markers(folder: pytest.Pytester) -> None:
    folder.makepyfile("import pytest\n\n@pytest.mark.cold\ndef test_x():\n    pass\n")
    play(folder, "--strict-markers").assert_outcomes(passed=1)


def test_what_failed_last_is_played_again_alone(folder: pytest.Pytester) -> None:
    write(folder, "scenarios/a.yaml", ANSWERED)
    write(folder, "scenarios/b.yaml", BUSY_AND_WRONG)
    play(folder, "scenarios").assert_outcomes(passed=1, failed=1)
    play(folder, "--lf", "scenarios").assert_outcomes(failed=1)


def test_the_whole_ladder_is_shown_to_who_asks_twice(folder: pytest.Pytester) -> None:
    write(folder, "scenarios/b.yaml", BUSY_AND_WRONG)
    assert " 1 " not in near(play(folder, "scenarios").stdout.str())
    assert " 1 " in near(play(folder, "-vv", "scenarios").stdout.str())


def near(text: str) -> str:
    """The numbers of the messages in a ladder, spaced."""
    return " ".join(
        ["", *(line.split()[0] for line in text.splitlines() if "│" in line and line.strip()), ""]
    )
