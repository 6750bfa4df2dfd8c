"""A server of business units in memory, for tests of what the checks change on a system that others use, too."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from api_paths import UNITS
from exchanges import CONTRACT, KEY
from governance_contract.contract.components import COMPONENTS
from governance_contract.target.connections import Transport
from governance_contract.target.credentials import Keyring
from governance_contract.target.target import Target
from stub_server import Request, Response, StubServer, stub_server

Refuse = Callable[[Request], Response | None]
"""Returns the response to a request that the server does not process; None if it does."""


class UnitServer:
    """Business units by their ids. It stores each component as it is sent, and removes one for an empty object."""

    def __init__(self, refuse: Refuse) -> None:
        self.units: dict[str, dict[str, Any]] = {}
        self.refuse = refuse
        self._one_request = threading.Lock()

    def add(self, unit_id: str, name: str, **components: dict[str, Any]) -> None:
        """Add a unit of another client."""
        self.units[unit_id] = {"id": unit_id, "name": name, **components}

    def respond(self, request: Request) -> Response | None:
        """Process a request."""
        with self._one_request:
            return self.refuse(request) or self._process(request)

    def _process(self, request: Request) -> Response:
        url = urlsplit(request.target)
        unit_id, _, rest = url.path.removeprefix(UNITS).lstrip("/").partition("/")
        body = json.loads(request.body or b"{}")
        if not unit_id and request.method == "POST":
            new = f"new-{len(self.units)}"
            self.add(new, body["name"])
            return _json(self.units[new])
        if not unit_id:
            [text] = parse_qs(url.query).get("search", [""])
            found = [unit for unit in self.units.values() if text in unit["name"]]
            return _json({"business_units": found, "total": len(found), "page": 1, "limit": 100})
        if unit_id not in self.units:
            return _json({"error": {"message": "not found"}}, 404)
        if request.method == "DELETE" and not rest:
            del self.units[unit_id]
            return _json({"message": "deleted"})
        if request.method == "PUT":
            self.apply(unit_id, body)
        return _json(self.units[unit_id])

    def apply(self, unit_id: str, body: dict[str, Any]) -> None:
        """Change the governance of a unit."""
        unit = self.units[unit_id]
        for name in COMPONENTS:
            if name in body:
                unit.pop(name, None)
                unit |= {name: body[name]} if body[name] else {}


def _json(body: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


@contextmanager
def unit_server(refuse: Refuse = lambda request: None) -> Iterator[tuple[UnitServer, Target, StubServer]]:
    """Serve units until the block ends. Yields the units, the server as a target, and the requests."""
    served = UnitServer(refuse)
    with stub_server(served.respond) as stub:
        keyring = Keyring({"GOVERNANCE_API_KEY": KEY}, CONTRACT.security_scheme, seed=1)
        target = Target(stub.url, CONTRACT, keyring, Transport())
        yield served, target, stub
        target.close()
