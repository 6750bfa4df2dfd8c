"""A client for the mock in this process, a fixed clock, and the types of fixtures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from mock_server.contract.document import Contract

KEY = "bfst-" + "k" * 44
UNITS = "/api/governance/business-units"
PLATFORM = "bu-platform-engineering"
SUPPORT = "bu-customer-support"
RESEARCH = "bu-research"
LEGAL = "bu-legal"
Edit = Callable[[Any], None]
Changed = Callable[[Edit], Contract]
"""The fixture `changed`: returns the contract after an edit of its document."""


class Clock:
    """A clock that moves only when a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class Api:
    """A client that sends a management key."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {KEY}"} | options.pop("headers", {})
        return self.client.open(path, method=method, headers=headers, **options)

    def unit(self, unit_id: str) -> dict[str, Any]:
        response = self.call("GET", f"{UNITS}/{unit_id}")
        assert response.status_code == 200, response.text
        return dict(response.json or {})

    def put(self, unit_id: str, body: Any, status: int = 200) -> dict[str, Any]:
        """Update governance. Return the complete unit, or the error body."""
        response = self.call("PUT", f"{UNITS}/{unit_id}/governance", json=body)
        assert response.status_code == status, response.text
        return dict((response.json or {})["business_unit"] if status == 200 else response.json or {})

    def create(self, name: str = "Sales EMEA") -> str:
        response = self.call("POST", UNITS, json={"name": name})
        assert response.status_code == 200, response.text
        return str((response.json or {})["id"])

    def state(self) -> list[dict[str, Any]]:
        """Return every complete unit and its teams."""
        units = (self.call("GET", f"{UNITS}?limit=100").json or {})["business_units"]
        return [self.unit(unit["id"]) | {"teams": self.teams(unit["id"])} for unit in units]

    def teams(self, unit_id: str) -> list[str]:
        return [team["id"] for team in (self.call("GET", f"{UNITS}/{unit_id}/teams").json or {})["teams"]]
