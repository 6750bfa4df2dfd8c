"""The mock for the tests of another project: a server in a thread, with methods that control it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import quote, urlsplit

from mock_server.api.routes import MAX_BODY_BYTES
from mock_server.api.security import random_key
from mock_server.app import create_app, errors_of_the_server
from mock_server.contract.document import default_path, load
from mock_server.control.errors import ControlError
from mock_server.http.server import listen, serve
from mock_server.seeds.reader import seed_or_demo

_START_SECONDS = 30
_TIMEOUT_SECONDS = 30


class GovernanceMock:
    """A running mock, or one of its sandboxes.

    Methods that the mock refuses raise `mock_server.control.errors.ControlError` with its status and message.
    """

    def __init__(self, url: str, key: str) -> None:
        """Control the mock at a URL, which may be that of a sandbox."""
        self.url = url
        """The base URL, without a slash at its end."""
        self.key = key
        """A management key."""

    @property
    def headers(self) -> dict[str, str]:
        """The header that a request needs."""
        return {"Authorization": f"Bearer {self.key}"}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request to control (`/_mock` + path). Return its JSON, its text if it is not JSON, None if empty."""
        base = urlsplit(self.url)
        connection = HTTPConnection(base.hostname or "", base.port, timeout=_TIMEOUT_SECONDS)
        try:
            sent = None if body is None else json.dumps(body).encode()
            headers = {} if sent is None else {"Content-Type": "application/json"}
            connection.request(method, f"{base.path}/_mock{path}", sent, headers)
            response = connection.getresponse()
            content: Any = response.read().decode() or None
            if content and response.getheader("Content-Type", "").startswith("application/json"):
                content = json.loads(content)
        finally:
            connection.close()
        if response.status >= 400:
            error = content["error"]
            raise ControlError(response.status, error["message"], error.get("pointer"))
        return content

    @property
    def now(self) -> datetime:
        """The simulated time."""
        return datetime.fromisoformat(self.control("GET", "/clock")["now"])

    def advance(self, duration: str | timedelta) -> datetime:
        """Advance the clock by a duration of the contract (`1h`, `30d`) or a timedelta. Return the new time."""
        if isinstance(duration, timedelta):
            duration = f"{duration // timedelta(microseconds=1)}us"
        return datetime.fromisoformat(self.control("POST", "/clock/advance", {"duration": duration})["now"])

    def set_time(self, now: datetime) -> None:
        """Set the clock; a datetime without a time zone is in UTC."""
        self.control("PATCH", "/clock", {"now": _rfc3339(now)})

    def freeze(self, now: datetime | None = None) -> None:
        """Stop the clock, at this time if one is given."""
        self.control("PATCH", "/clock", {"frozen": True} | ({} if now is None else {"now": _rfc3339(now)}))

    def unfreeze(self) -> None:
        """Let the clock go on."""
        self.control("PATCH", "/clock", {"frozen": False})

    def set_speed(self, speed: float) -> None:
        """Let the clock run this many times as fast as real time."""
        self.control("PATCH", "/clock", {"speed": speed})

    def spend(self, unit_id: str, **amounts: float) -> dict[str, Any]:
        """Use `dollars`, `tokens` or `requests` of a unit. Return the unit."""
        unit: dict[str, Any] = self.control("POST", f"/units/{quote(unit_id, safe='')}/spend", amounts)
        return unit

    def meter(self, unit_id: str, **rates: float) -> None:
        """Use `dollars`, `tokens` or `requests` in each minute of simulated time; without any, stop."""
        path = f"/units/{quote(unit_id, safe='')}/meter"
        self.control("PUT", path, rates) if rates else self.control("DELETE", path)

    def fail(self, *rules: Mapping[str, Any], seed: int | None = None) -> None:
        """Let requests fail by these rules of `/_mock/chaos`; without any, end all failures."""
        self.control("PUT", "/chaos", {"rules": list(rules)} | ({} if seed is None else {"seed": seed}))

    def create_team(self, name: str, team_id: str | None = None) -> str:
        """Create a team, which belongs to no unit. Return its identifier."""
        return str(self.control("POST", "/teams", {"name": name} | ({} if team_id is None else {"id": team_id}))["id"])

    def state(self) -> dict[str, Any]:
        """Return the state as a seed document."""
        document: dict[str, Any] = self.control("GET", "/state")
        return document

    def load(self, document: Mapping[str, Any]) -> None:
        """Replace the state by a seed document."""
        self.control("PUT", "/state", document)

    def snapshot(self, name: str) -> None:
        """Keep the state under a name."""
        self.control("PUT", f"/snapshots/{quote(name, safe='')}")

    def restore(self, name: str) -> None:
        """Go back to a snapshot."""
        self.control("POST", f"/snapshots/{quote(name, safe='')}/restore")

    def reset(self) -> None:
        """Go back to the seed and to real time, and end failures and meters."""
        self.control("POST", "/reset")

    def sandbox(self, name: str) -> GovernanceMock:
        """Create a sandbox of the same mock."""
        created = self.control("POST", "/sandboxes", {"name": name})
        base = urlsplit(self.url)
        return GovernanceMock(f"{base.scheme}://{base.netloc}{created['base_path']}", self.key)


def _rfc3339(instant: datetime) -> str:
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).isoformat()


@contextmanager
def governance_mock(
    *,
    seed: Path | Mapping[str, Any] | None = None,
    id_seed: int | None = None,
    contract: Path | None = None,
    key: str | None = None,
    port: int = 0,
) -> Iterator[GovernanceMock]:
    """Run the mock on 127.0.0.1 as long as the block runs, with a state of its own in memory.

    Args:
        seed: a seed document or the path of one, in place of the demo data.
        id_seed: makes the same identifiers in each run.
        contract: another edition of the contract.
        key: the management key, in place of a random one.
        port: the port, in place of a free one.

    Raises:
        StartError: the contract, the seed or the key cannot be used.
    """
    loaded = load(contract or default_path())
    seed = seed_or_demo(seed, is_packaged_contract=contract is None)
    keys = [key] if key else [random_key(loaded.key_format())]
    app = create_app(loaded, keys, seed=seed, id_seed=id_seed, control=True)
    listening = listen("127.0.0.1", port)
    alive, stop = os.pipe()
    ready = Event()
    error_responses = errors_of_the_server(loaded)
    arguments = (app, listening, MAX_BODY_BYTES, ready.set, error_responses)
    thread = Thread(target=serve, args=arguments, kwargs={"alive": alive}, name="governance-mock", daemon=True)
    thread.start()
    try:
        if not ready.wait(_START_SECONDS):
            raise RuntimeError("the mock did not start")
        yield GovernanceMock(f"http://127.0.0.1:{listening[0].getsockname()[1]}", keys[0])
    finally:
        os.close(stop)
        thread.join()
        os.close(alive)
        app.extensions["store"].close()
