"""Options of every face become the same settings."""

from harness.results.verdict import Policy
from harness.suite.options import settings_of


def test_options_become_settings() -> None:
    settings = settings_of(
        fail_on="cosmetic", strict=True, profile="modern", keep_in="kept", seed=7, live=False,
        under_test=["carrier=sip:a", "human=sip:b"], listen=["agent=5070"], deployment=None,
        transport="tcp", ipv6=True,
    )  # fmt: skip
    assert settings.policy == Policy("cosmetic", strict=True, profile="modern")
    assert settings.under_test == {"carrier": "sip:a", "human": "sip:b"}
    assert settings.ports == {"agent": 5070}
    assert (settings.seed, settings.transport, settings.keep_in) == (7, "tcp", "kept")
    assert settings.live, "an address family means real sockets"
