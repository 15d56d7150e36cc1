"""What the user chose, on whatever command line, made settings: one place for every face.

Must not live here: names and help of options (`cli`, `pytest_plugin`), what a value means (`under_test.py`,
`deployment.py`).
"""

from collections.abc import Sequence
from typing import Any

from harness.judge.finding import Profile
from harness.results.verdict import Policy
from harness.suite.deployment import Deployment, read_deployment
from harness.suite.play import Settings
from harness.suite.under_test import parse_listen, parse_under_test


def settings_of(
    *,
    fail_on: str,
    strict: bool,
    profile: Profile,
    keep_in: str | None,
    seed: int,
    live: bool,
    under_test: Sequence[str],
    listen: Sequence[str],
    deployment: str | None,
    transport: Any,
    ipv6: bool,
) -> Settings:
    """The options as settings. Raises UsageError."""
    return Settings(
        seed=seed,
        live=live or ipv6 or bool(listen),
        transport=transport,
        ipv6=ipv6,
        under_test=dict(parse_under_test(text) for text in under_test),
        ports=dict(parse_listen(text) for text in listen),
        deployment=Deployment() if deployment is None else read_deployment(deployment),
        policy=Policy(fail_on, strict, profile),
        keep_in=keep_in,
    )
