"""The pytest fixture `governance_mock`. pytest imports this module in every run, so it imports nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mock_server.embedded import GovernanceMock


@pytest.fixture
def governance_mock() -> Iterator[GovernanceMock]:
    """A mock of the governance API on a free port, with the demo data and a state of its own."""
    from mock_server.embedded import governance_mock as running

    with running() as mock:
        yield mock
