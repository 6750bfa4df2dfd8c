"""A mock with control in this process, on which every test starts from the demo data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from controlled import START, Controlled
from mock_api import KEY, Clock

from mock_server.app import create_app


@pytest.fixture(scope="session")
def real_clock() -> Clock:
    """The clock that the mock takes for the real one."""
    return Clock(START)


@pytest.fixture(scope="session")
def controlled_app(real_clock: Clock) -> Any:
    return create_app(keys=[KEY], clock=real_clock, id_seed=7, control=True)


@pytest.fixture
def mock(controlled_app: Any, real_clock: Clock) -> Controlled:
    """The mock with the demo data and a real clock at START."""
    real_clock.now = START
    api = Controlled(controlled_app)
    api.control("POST", "/reset")
    return api


@pytest.fixture
def sandbox(mock: Controlled) -> Iterator[Callable[[str], Controlled]]:
    """Return a function that creates a sandbox; they are deleted after the test."""

    created: list[str] = []

    def create(name: str) -> Controlled:
        mock.control("POST", "/sandboxes", {"name": name})
        created.append(name)
        return Controlled(mock.app, f"/s/{name}")

    yield create
    for name in created:
        mock.control("DELETE", f"/sandboxes/{name}")
