"""Who is who: from the cast, else by address; numbers from the plan."""

import pytest

from harness.base.endpoint import Endpoint
from harness.judge.parties import Parties, number_of
from harness.wire.sip.uri import Uri
from tests.judge.stories import STRANGER, captured, plan, recast, with_header
from tests.ladders import AGENT, CALLER, cold_transfer

CLEAN = cold_transfer()


def test_names_and_roles_come_from_the_cast() -> None:
    parties = Parties(CLEAN)
    assert (parties.name(CALLER), parties.role(AGENT), parties.named("agent")) == ("caller", "agent", AGENT)
    human = parties.first_of_role("human")
    assert human is not None and human.name == "human"


def test_a_stranger_is_an_address_without_a_role() -> None:
    parties = Parties(CLEAN)
    assert (parties.name(STRANGER), parties.role(STRANGER), parties.named("x")) == (
        "192.0.2.5:5060",
        "",
        None,
    )
    assert parties.who(STRANGER).endpoint == STRANGER


def test_another_port_of_a_host_with_one_party_is_that_party() -> None:
    assert Parties(CLEAN).name(Endpoint(CALLER.host, 40000)) == "caller"


def test_without_a_cast_every_name_is_an_address() -> None:
    assert Parties(captured(CLEAN)).name(CALLER) == "192.0.2.1:5060"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("sip:+15550103@carrier.example", "human"),
        ("tel:+1-555-0103", "human"),
        ("sip:+15550199@elsewhere.example;user=phone", "mailbox"),
        ("sip:nobody@carrier.example", None),
        ("sip:carrier.example", None),
    ],
)
def test_the_asked_for_party_is_found_by_its_number(uri: str, name: str | None) -> None:
    assert Parties(CLEAN, plan()).asked(Uri.parse(uri)) == name
    assert Parties(CLEAN).asked(Uri.parse(uri)) is None


def test_a_user_part_that_is_no_number_is_kept_as_written() -> None:
    assert number_of(Uri.parse("sip:front.desk@x.example")) == "front.desk"


def test_a_run_is_closed_when_every_party_was_ours_and_it_ended_by_itself() -> None:
    assert Parties(CLEAN).closed
    assert not Parties(captured(CLEAN, cast=True)).closed
    assert not Parties(with_header(CLEAN, complete=False)).closed
    assert not Parties(with_header(CLEAN, cast=())).closed
    assert not Parties(recast(CLEAN, "carrier", "carrier", under_test=True)).closed


def test_a_run_whose_time_was_up_is_closed_but_something_may_still_have_been_due() -> None:
    stopped = Parties(with_header(CLEAN, stopped_ns=CLEAN.header.ended_ns))
    assert stopped.closed
    assert not stopped.settled
    assert Parties(CLEAN).settled
