"""Fixtures that run the mock in this process, with a fixed clock and sequential identifiers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import stores
from mock_api import KEY, Api, Clock

from mock_server.app import create_app
from mock_server.contract import Contract, default_path, load, parse
from mock_server.seed import demo_state
from mock_server.store import open_store


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load(default_path())


@pytest.fixture
def changed(contract: Contract) -> Callable[[Callable[[Any], None]], Contract]:
    """Return a function that copies the contract and edits the copy."""

    def change(edit: Callable[[Any], None]) -> Contract:
        document = copy.deepcopy(contract.document)
        edit(document)
        return parse(document)

    return change


@pytest.fixture
def clock(contract: Contract) -> Clock:
    return Clock(datetime.fromisoformat(contract.at("/x-demo/as_of")).astimezone(UTC))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[stores.Server]:
    """A PostgreSQL server of this session."""
    if reason := stores.missing():
        pytest.skip(reason)
    with stores.running_server() as server:
        yield server


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new store of each kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql").emptied_database())
    return "memory" if request.param == "memory" else str(tmp_path / "state.db")


@pytest.fixture(scope="session")
def rehearsed() -> list[Contract]:
    """The contracts that an application of this session has rehearsed. A rehearsal takes half the time of a start."""
    return []


@pytest.fixture
def start(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, clock: Clock, rehearsed: list[Contract]
) -> Callable[[Contract], Api]:
    """Return a function that starts the mock with the demo data of a contract."""

    def run(contract: Contract) -> Api:
        numbers = count(1)
        url = request.getfixturevalue("store_url") if "store_url" in request.fixturenames else "memory"
        store = open_store(url, lambda: demo_state(contract, clock()))
        request.addfinalizer(store.close)
        options = {"cors_origins": ["https://console.example"], "clock": clock}
        with monkeypatch.context() as patched:
            if any(contract is one for one in rehearsed):
                patched.setattr("mock_server.app.rehearse", lambda *_: None)
            app = create_app(contract, [KEY], store, new_id=lambda: f"id-{next(numbers)}", **options)
        rehearsed.append(contract)
        return Api(app)

    return run


@pytest.fixture
def api(start: Callable[[Contract], Api], contract: Contract) -> Api:
    return start(contract)
