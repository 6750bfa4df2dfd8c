"""A client of the API and of control, for one sandbox of a mock in this process."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mock_api import UNITS, Api

START = datetime(2027, 3, 10, 9, 30, tzinfo=UTC)


class Controlled(Api):
    """A client of the API and of control, on one sandbox."""

    def __init__(self, app: Any, base: str = "") -> None:
        super().__init__(app)
        self.base = base

    def call(self, method: str, path: str, **options: Any) -> Any:
        return super().call(method, f"{self.base}{path}", **options)

    def control(self, method: str, path: str, body: Any = None, status: int | None = None) -> Any:
        """Send a request to control, which must succeed unless a status is given. Return the decoded body."""
        options = {} if body is None else {"json": body}
        response = self.client.open(f"{self.base}/_mock{path}", method=method, **options)
        assert response.status_code == status if status else response.status_code < 300, response.text
        return response.json if response.data else None

    def refused(self, method: str, path: str, body: Any = None, status: int = 400) -> dict[str, Any]:
        """Send a request that control must refuse. Return the error."""
        return dict(self.control(method, path, body, status)["error"])

    def budget(self, unit_id: str) -> dict[str, Any]:
        return dict(self.unit(unit_id)["budget"])

    def total(self) -> int:
        return int(self.call("GET", f"{UNITS}?limit=1").json["total"])
