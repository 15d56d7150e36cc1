"""Scenarios inside Python tests."""

import pytest

from tests.pytest_plugin.loaded import load
from tests.suite.places import ANSWERED, BUSY_AND_WRONG, MISTAKEN, PACKAGE_AT

pytest_plugins = ["pytester"]


@pytest.fixture(scope="module", autouse=True)
def _loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    load(tmp_path_factory.mktemp("loaded"))


TWO = "scenario: Two\ntransfer: cold\nparameters: {status: [486, 603]}\nhuman: {rejects: $status}\n"


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", PACKAGE_AT)
    scenarios = pytester.mkdir("scenarios")
    for name, text in (("a", ANSWERED), ("busy", BUSY_AND_WRONG), ("two", TWO), ("wrong", MISTAKEN)):
        (scenarios / f"{name}.yaml").write_text(text)
    return pytester


def test_a_test_plays_and_asserts_what_it_is_about(folder: pytest.Pytester) -> None:
    folder.makepyfile(
        """
        from pathlib import Path

        def test_entry(siptransfer):
            run = siptransfer.run("scenarios/busy.yaml")
            assert run.verdict == "fail"
            assert run.transfers[0].truth == "truthful"
            assert any(each.raw.startswith(b"REFER") for each in siptransfer.trace.messages())

        def test_beside_the_file_too(siptransfer, monkeypatch, tmp_path):
            monkeypatch.chdir(tmp_path)
            assert siptransfer.run(Path("scenarios") / "a.yaml").verdict == "pass"

        def test_one_combination(siptransfer):
            assert siptransfer.run("scenarios/two.yaml[status=603]").transfers[0].progress[-1] == 603

        def test_a_seed_of_its_own(siptransfer):
            traces = []
            for seed in (1, 2):
                siptransfer.run("scenarios/a.yaml", seed=seed)
                traces.append([each.raw for each in siptransfer.trace.messages()])
            assert traces[0] != traces[1]
        """
    )
    folder.runpytest_inprocess("-p", "harness.pytest_plugin", "-k", "test_").assert_outcomes(passed=4)


def test_a_failed_test_shows_the_ladder_and_a_mistake_its_place(folder: pytest.Pytester) -> None:
    folder.makepyfile(
        """
        def test_ladder(siptransfer):
            assert siptransfer.run("scenarios/busy.yaml").transfers[0].true_outcome == "connected"

        def test_mistakes(siptransfer):
            siptransfer.run("scenarios/wrong.yaml")

        def test_several(siptransfer):
            siptransfer.run("scenarios/two.yaml")

        def test_none(siptransfer):
            siptransfer.run("scenarios/none.yaml")
        """
    )
    done = folder.runpytest_inprocess("-p", "harness.pytest_plugin", "--tb=line", "-rN", "-k", "test_")
    done.assert_outcomes(failed=4)
    done = folder.runpytest_inprocess("-p", "harness.pytest_plugin", "--tb=short", "-k", "test_")
    told = done.stdout.str()
    for part in (
        "Captured siptransfer scenarios/busy.yaml call",
        "486 Busy Here",
        "wrong.yaml:3:9: unknown key 'bussy'",
        "two.yaml: names 2 scenarios, not one",
        "It has [status=486] [status=603]",
        "none.yaml: cannot be read",
    ):
        assert part in told
