"""Fixtures of the tests of the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from browser import browse as browse
from gateway import running_gateway
from judging import CREDENTIALS, RUN_SECONDS, Judged, gateway_credentials, judge_here, judging_pool
from mock_process import MockProcess


@pytest.fixture(scope="session")
def mock_url() -> Iterator[str]:
    """The URL of a mock, started from the command line on a free port."""
    with MockProcess(key=CREDENTIALS["GOVERNANCE_API_KEY"]) as mock:
        yield mock.url


@pytest.fixture(scope="module")
def gateway_url() -> Iterator[str]:
    """The URL of a correct gateway. Each module has a gateway of its own."""
    with running_gateway(**gateway_credentials()) as gateway:
        yield gateway.url


@pytest.fixture(scope="session")
def judge_gateway() -> Iterator[Callable[..., Judged]]:
    """Return a function that judges a gateway: ``judge_gateway(plugin_options, variant=...)``, or ``fault=...``."""
    with judging_pool(1) as process:
        yield lambda options, **server: process.submit(judge_here, options, **server).result(RUN_SECONDS)
