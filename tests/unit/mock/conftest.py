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
from mock_api import KEY, Api, Changed, Clock, Edit

from mock_server.app import create_app
from mock_server.contract.document import Contract, default_path, load, parse
from mock_server.rehearsal import rehearse


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load(default_path())


@pytest.fixture
def changed(contract: Contract) -> Changed:
    """Return a function that copies the contract and edits the copy."""

    def change(edit: Edit) -> Contract:
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
def rehearse_once() -> Callable[..., None]:
    """Return a rehearsal that skips contracts which have passed it, since it takes half the time of a start."""
    passed: list[Contract] = []

    def run(contract: Contract, *others: Any) -> None:
        if not any(contract is one for one in passed):
            rehearse(contract, *others)
            passed.append(contract)

    return run


@pytest.fixture
def start(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, clock: Clock, rehearse_once: Callable[..., None]
) -> Callable[[Contract], Api]:
    """Return a function that starts the mock with the demo data of a contract."""

    def run(contract: Contract) -> Api:
        numbers = count(1)
        url = request.getfixturevalue("store_url") if "store_url" in request.fixturenames else "memory"
        options = {"cors_origins": ["https://console.example"], "clock": clock}
        with monkeypatch.context() as patched:
            patched.setattr("mock_server.app.rehearse", rehearse_once)
            app = create_app(contract, [KEY], url, new_id=lambda: f"id-{next(numbers)}", **options)
        request.addfinalizer(app.extensions["store"].close)
        return Api(app)

    return run


@pytest.fixture
def api(start: Callable[[Contract], Api], contract: Contract) -> Api:
    return start(contract)
