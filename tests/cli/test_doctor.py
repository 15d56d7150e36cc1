"""`siptransfer doctor`: what it checks, and what it says to do."""

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import doctor
from harness.cli.main import program


def test_a_machine_that_runs_these_tests_is_well() -> None:
    told = CliRunner().invoke(program, ["doctor"])
    assert told.exit_code == 0
    assert "ok       Python 3" in told.output
    assert "ok       UDP on 127.0.0.1" in told.output


def test_a_missing_program_names_its_package_and_breaks_nothing() -> None:
    check = doctor.program("sipp", find=lambda _: None)
    assert check.state == "missing"
    assert check.do.endswith("sip-tester")


def test_a_program_that_does_not_start_is_missing(tmp_path: Path) -> None:
    fake = tmp_path / "tshark"
    fake.write_text("not a program")
    assert doctor.program("tshark", find=lambda _: str(fake)).state == "missing"


def test_a_missing_library_is_broken() -> None:
    assert doctor.library("no_such_library_here").state == "broken"


def test_an_address_that_is_not_ours_is_broken_for_ipv4_only() -> None:
    assert doctor.loopback("192.0.2.1", socket.AF_INET).state == "broken"
    assert doctor.loopback("2001:db8::1", socket.AF_INET6).state == "missing"


def test_something_broken_is_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "checks", lambda: iter([doctor.Check("broken", "UDP", "Do this.")]))
    assert doctor.doctor_command() == 3
    assert capsys.readouterr().out == "broken   UDP\n         Do this.\n"


def test_a_folder_that_cannot_be_written_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert doctor.folder(".").state == "broken"
