"""Fixtures of the tests of the checks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from browser import browse as browse
from gateway import running_gateway
from judging import CREDENTIALS, RUN_SECONDS, Judged, gateway_credentials, judge_here, judging_pool


@pytest.fixture(scope="session")
def mock_url() -> Iterator[str]:
    """The URL of a mock, started from the command line on a free port."""
    command = [sys.executable, "-m", "mock_server", "--port", "0"]
    environment = {**os.environ, **CREDENTIALS}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as mock:
        assert mock.stdout is not None
        found = re.search(r"http://\S+", mock.stdout.readline())
        assert found is not None
        yield found.group()
        mock.terminate()


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
