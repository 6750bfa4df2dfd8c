"""Fixtures of the tests that hold the checks to their promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from judging import CREDENTIALS


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
