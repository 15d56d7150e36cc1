"""Single values: what is read, what is refused and how that is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.base.instant import MS, SECOND
from harness.scenario import values
from harness.scenario.values import Names, Wrong


@pytest.mark.parametrize(
    ("read", "written", "wanted"),
    [
        (values.read_duration, "2s", 2 * SECOND),
        (values.read_duration, "1.5s", 1500 * MS),
        (values.read_rings_after, "never", "never"),
        (values.read_rings_after, "200ms", 200 * MS),
        (values.read_under, "under 4s", 4 * SECOND),
        (values.read_within, "5s", 5 * SECOND),
        (values.read_within, "under 5s", 5 * SECOND),
        (values.read_flag, "Yes", True),
        (values.read_flag, "off", False),
        (values.code(400, 699), "486", 486),
        (values.read_refer, "accepted", "accepted"),
        (values.read_refer, "603", 603),
        (values.read_reported, "failed", "failed"),
        (values.read_reported, "100", 100),
        (values.read_number, "+15550100", "+15550100"),
        (values.read_number, "alice", "alice"),
        (values.read_redirect, "human", "human"),
        (values.read_redirect, "line1", "line1"),
        (values.read_redirect, "*97", "*97"),
        (values.read_target, "tel:+15550100", "tel:+15550100"),
        (values.read_redirect, "sip:bob@example.com;transport=tcp", "sip:bob@example.com;transport=tcp"),
        (values.read_header_name, "X-AI-Context", "X-AI-Context"),
        (values.read_new_name, "on-call_2", "on-call_2"),
        (values.read_refusal, "603", {"refer": "603"}),
    ],
)
def test_a_value_is_read(read, written: str, wanted: object) -> None:  # type: ignore[no-untyped-def]
    assert read(written) == wanted


@pytest.mark.parametrize(
    ("read", "written", "said"),
    [
        (values.read_duration, "2", "'2' is not a duration"),
        (values.read_duration, "-2s", "'-2s' is negative; a duration is not"),
        (
            values.read_duration,
            "99999999999999h",
            "'99999999999999h' is longer than a run may last (3600 s)",
        ),
        (values.read_duration, "61m", "'61m' is longer than a run may last (3600 s)"),
        (values.read_duration, ["2s"], "one value is wanted here, not a list or a block"),
        (values.read_under, "4s", "'4s' is not an upper limit"),
        (values.read_under, "under 0s", "'under 0s' is not an upper limit"),
        (values.read_flag, "maybe", "'maybe' is neither true nor false"),
        (values.code(400, 699), "4_86", "'4_86' is not a SIP status code from 400 to 699"),
        (values.code(400, 699), "200", "'200' is not a SIP status code from 400 to 699"),
        (values.read_refer, "acepted", "'acepted' is not what a REFER can get"),
        (values.read_refer, "180", "'180' is not a SIP status code from 200 to 699"),
        (values.read_number, "a@b", "'a@b' is not a phone number or SIP user"),
        (values.read_number, "+1\r\nVia: x", "'+1\\r\\nVia: x' is not a phone number or SIP user"),
        (values.read_redirect, "sip:<x>", "'sip:<x>' is not a SIP URI"),
        (values.read_header_name, "refer-to", "the agent writes refer-to itself"),
        (values.read_header_name, "X AI", "'X AI' is not a header name"),
        (values.read_new_name, "caller", "'caller' is a role of its own"),
        (values.read_new_name, "outcome", "'outcome' is a word of `expect:`"),
    ],
)
def test_a_wrong_value_is_refused_with_a_sentence(read, written: object, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Wrong) as caught:
        read(written)
    assert caught.value.text == said


def test_a_number_with_blanks_is_answered_with_the_number_without() -> None:
    with pytest.raises(Wrong) as caught:
        values.read_number("+1 (555) 010-0")
    assert caught.value.hint == "write +15550100"


def test_legs_are_pairs_of_parties_whose_names_may_hold_hyphens() -> None:
    names = Names(parties=("caller", "agent", "human", "carrier", "on-call"))
    assert values.read_legs("caller-on-call", names) == "caller-on-call"
    with pytest.raises(Wrong):
        values.read_legs("caller-carrier", names)


READERS = (
    values.read_duration, values.read_rings_after, values.read_under, values.read_within, values.read_flag,
    values.read_refer, values.read_reported, values.read_number, values.read_redirect,
    values.read_header_name, values.read_new_name, values.code(100, 699),
)  # fmt: skip


@given(st.sampled_from(READERS), st.text() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
def test_whatever_is_written_is_read_or_refused(read, written: object) -> None:  # type: ignore[no-untyped-def]
    said = ""
    try:
        read(written)
    except Wrong as wrong:
        said = wrong.text
    assert "\n" not in said
