"""SIPp 3.6.1 sends the REFER to our carrier, over UDP and TCP, and once it plays a carrier that lies."""

from pathlib import Path

import pytest

from harness.base.endpoint import Transport
from tests.real.sessions import DATA, Session, session
from tests.real.sipp import sipp_transferee, sipp_transferor

pytestmark = pytest.mark.usefixtures("sipp_installed")
CALLER = "+12025550101"
HUMAN = "+12025550102"


def transferring(folder: Path, name: str, transport: Transport = "udp") -> Session:
    return session(
        DATA / "sipp" / f"{name}.yaml",
        "agent",
        lambda own, carrier: sipp_transferor(
            folder, own, carrier, user=CALLER, target=HUMAN, transport=transport
        ),
        transport=transport,
    )


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_our_carrier_moves_a_call_that_sipp_refers(transport: Transport, tmp_path: Path) -> None:
    done = transferring(tmp_path, "reached", transport)
    assert done.exit_status == 0, "SIPp got every message as its scenario says"
    assert done.trace.header.complete
    assert {entry.transport for entry in done.trace.messages()} == {transport}
    assert set(done.expectations().values()) == {"pass"}
    assert done.found("fail", "warn") == set()


def test_sipp_that_drops_the_caller_after_a_failure_is_blamed_for_it(tmp_path: Path) -> None:
    done = transferring(tmp_path, "busy")
    assert done.exit_status == 0
    assert set(done.expectations().values()) == {"pass"}
    assert done.found("fail", "warn") == {
        ("caller-not-dropped-on-failure", "agent"),
        ("RFC5589-6.3-1", "agent"),  # it hung up instead of taking the caller back
    }


def test_sipp_that_reports_success_without_calling_anybody_is_not_believed(tmp_path: Path) -> None:
    scenario = DATA / "sipp" / "lying.yaml"
    done = session(scenario, "carrier", lambda own, _: sipp_transferee(tmp_path, own), holds=False)
    assert done.exit_status == 0
    (attempt,) = done.judgement.attempts
    assert attempt.reported_outcome == "connected"
    # Refer-To gave the address of our own human, and nothing came there.
    assert (attempt.true_outcome, attempt.truth) == ("failed", "false-success")
    told = done.expectations()
    assert (told["progress_exactly"], told["never"]) == ("pass", "pass")
    assert told["truth"] == "fail"
