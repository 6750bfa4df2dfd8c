"""Exchanges with a target, without a target."""

from __future__ import annotations

import json
from typing import Any

from governance_contract.contract import document
from governance_contract.target.credentials import NONE
from governance_contract.target.exchange import Exchange, Request, Response

CONTRACT = document.load()
ERROR: dict[str, Any] = {"is_bifrost_error": True, "status_code": 400, "error": {"message": "Invalid request"}}
"""An error body that the contract permits for status 400."""


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
