"""Baresip 1.0.0 gets the REFER: what it does wrong is found, what it does right is not.

Played with the command line that a user types. Its faults, seen in captures by tshark: it does not
copy Referred-By (RFC 3892 section 2.2), its sipfrag ends in a bare LF (RFC 3420), and when the
referrer has hung up it reports 500 for a call that was answered.
"""

from pathlib import Path

import pytest

from harness.trace.store import read
from tests.real.baresip import baresip
from tests.real.sessions import DATA, run_command

pytestmark = pytest.mark.usefixtures("baresip_installed")

NO_REFERRED_BY = "RFC3892-2.2-1"
BARE_LINE_FEED = "RFC3420-3.2-1"
OLD_STATUS = "RFC7647-5-1"


@pytest.mark.parametrize(
    ("name", "reported", "truth", "faults"),
    [
        ("reached", "connected", "truthful", {NO_REFERRED_BY}),
        ("redirected", "connected", "truthful", {NO_REFERRED_BY}),
        ("busy", "failed", "truthful", {NO_REFERRED_BY}),
        ("declined", "failed", "truthful", {NO_REFERRED_BY}),
        ("left", "failed", "false-failure", {NO_REFERRED_BY, "truthful-notify"}),
    ],
)
def test_what_baresip_does_wrong_is_found_and_what_it_does_right_is_not(
    name: str, reported: str, truth: str, faults: set[str], tmp_path: Path
) -> None:
    with baresip(tmp_path) as phone:
        code, run = run_command(DATA / "baresip" / f"{name}.yaml", "--under-test", f"carrier={phone.uri}")
        assert phone.system.exit_status is None, "it survived the calls"
    assert (code, run["verdict"], run["error"]) == (0, "pass", None)
    assert {one["verdict"] for one in run["expectations"]} == {"pass"}
    (transfer,) = run["transfers"]
    assert (transfer["refer_status"], transfer["reported_outcome"], transfer["truth"]) == (
        202,
        reported,
        truth,
    )
    blamed = [one for one in run["findings"] if one["verdict"] in ("fail", "warn")]
    assert {one["rule"] for one in blamed} == faults
    assert all(one["expected"] for one in blamed)
    assert {one["rule"] for one in run["findings"]} == faults | {BARE_LINE_FEED, OLD_STATUS}
    assert {one["who"] for one in run["findings"]} == {"carrier"}, "our own parties did nothing wrong"


def test_baresip_is_judged_alike_over_tcp(tmp_path: Path) -> None:
    with baresip(tmp_path) as phone:
        arguments = (
            "--transport",
            "tcp",
            "--under-test",
            f"carrier={phone.uri};transport=tcp",
            "--pcap",
            str(tmp_path),
        )
        code, run = run_command(DATA / "baresip" / "reached.yaml", *arguments)
    assert (code, run["verdict"]) == (0, "pass")
    trace = read(tmp_path / run["trace"])
    assert {entry.transport for entry in trace.messages()} == {"tcp"}
    assert {trace.name_of(entry.source) for entry in trace.messages()} == {"agent", "carrier", "human"}


def test_without_a_promise_the_same_faults_fail_the_run(tmp_path: Path) -> None:
    told = (DATA / "baresip" / "reached.yaml").read_text()
    scenario = tmp_path / "reached.yaml"
    scenario.write_text("".join(line for line in told.splitlines(True) if "violations" not in line))
    with baresip(tmp_path) as phone:
        code, run = run_command(scenario, "--under-test", f"carrier={phone.uri}")
    assert (code, run["verdict"]) == (1, "fail")
    assert [one["rule"] for one in run["findings"] if one["verdict"] == "fail"] == [NO_REFERRED_BY]


def test_baresip_that_is_no_longer_there_is_a_broken_environment(tmp_path: Path) -> None:
    with baresip(tmp_path) as phone:
        pass
    code, run = run_command(DATA / "baresip" / "reached.yaml", "--under-test", f"carrier={phone.uri}")
    assert (code, run["verdict"]) == (3, "broken")
    assert str(phone.endpoint) in run["error"]
