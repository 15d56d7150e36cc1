"""Real systems for tests: skipped when they are not installed, unless they are required.

The conftest at the root turns a skip in here into a failure when SIPTRANSFER_REQUIRE_REAL is 1.
"""

import shutil

import pytest

from tests.real import baresip, sipp

collect_ignore_glob = ["data/*"]
"""Scenarios that mean something with their real system only."""


def needed(program: str, package: str) -> None:
    """Skip the test with the line to type when a program is missing."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed: apt-get install -y --no-install-recommends {package}")


@pytest.fixture
def baresip_installed() -> None:
    """Baresip is there."""
    needed(baresip.PROGRAM, baresip.PACKAGE)


@pytest.fixture
def sipp_installed() -> None:
    """SIPp is there."""
    needed(sipp.PROGRAM, sipp.PACKAGE)
