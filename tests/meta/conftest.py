"""Fixtures of the tests that hold the checks to their promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from browser import browse as browse
from judging import CREDENTIALS, Judged, judge_here, made_ready

_PATIENCE = 240


@pytest.fixture(scope="session")
def mock_url() -> Iterator[str]:
    """The mock, started as a user would start it, on a free port."""
    command = [sys.executable, "-m", "mock_server", "--port", "0"]
    environment = {**os.environ, **CREDENTIALS}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as mock:
        assert mock.stdout is not None
        found = re.search(r"http://\S+", mock.stdout.readline())
        assert found is not None
        yield found.group()
        mock.terminate()


@pytest.fixture(scope="session")
def judge_gateway() -> Iterator[Callable[..., Judged]]:
    """Judge a variant or a fault of the gateway: ``judge_gateway(plugin options, variant=... or fault=...)``."""
    with made_ready(1) as process:
        yield lambda options, **server: process.submit(judge_here, options, **server).result(_PATIENCE)
