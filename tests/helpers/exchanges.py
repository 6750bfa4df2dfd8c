"""Exchanges with a target, without a target."""

from __future__ import annotations

import json
from typing import Any

from governance_contract.contract import document
from governance_contract.target.connections import Transport
from governance_contract.target.credentials import NONE, Keyring
from governance_contract.target.exchange import Exchange, Request, Response
from governance_contract.target.target import Target

CONTRACT = document.load()
KEY = "bfst-Zx81kQpLm20RtYbVn7WsEd5cUj3HgFa9oIq4TzXe"
_EXAMPLES = CONTRACT.resolve(
    "#/paths/~1api~1governance~1business-units~1{id}~1governance/put/responses/200/content/application~1json/examples"
)
VALID: dict[str, Any] = next(iter(_EXAMPLES.values()))["value"]
"""An example of the response to an update."""
ERROR: dict[str, Any] = {"is_bifrost_error": True, "status_code": 400, "error": {"message": "Invalid request"}}
"""An error body that the contract permits for status 400."""


def target() -> Target:
    """Return a target to which nothing is sent."""
    keyring = Keyring({"GOVERNANCE_API_KEY": KEY}, CONTRACT.security_scheme, seed=1)
    return Target("http://127.0.0.1:9", CONTRACT, keyring, Transport())


def exchange(
    status: int | None,
    body: Any = None,
    *,
    operation: str | None = "updateBusinessUnitGovernance",
    media_type: str = "application/json",
    sent: bytes | None = None,
) -> Exchange:
    """Return a request for an operation and its response; no response if the status is None."""
    chosen = CONTRACT.operations[operation] if operation else None
    request = Request(chosen, chosen.method if chosen else "GET", "http://127.0.0.1:9/", NONE, {}, sent)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(request, None if status is None else Response(status, {"content-type": media_type}, raw))
