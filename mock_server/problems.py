"""The error that operations raise, and the error body of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from mock_server.contract import Contract, ContractError


class Problem(Exception):
    """A refused request: its status, a message for the client, and headers of the response.

    Without a message, the message of the contract's example for that status is used.
    """

    def __init__(self, status: int, message: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        """Refuse with this HTTP status."""
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.headers = headers or {}


class ErrorBodies:
    """Error bodies in the form of the contract's error examples."""

    def __init__(self, contract: Contract) -> None:
        """Read the error examples; raises ContractError if the contract has none for 500."""
        self._examples: dict[int, Mapping[str, Any]] = {}
        for operation in contract.operations.values():
            for status, response in operation.responses.items():
                for example in response.examples.values():
                    if status >= HTTPStatus.BAD_REQUEST:
                        self._examples.setdefault(status, example)
        form = self._examples.get(HTTPStatus.INTERNAL_SERVER_ERROR)
        if form is None or "status_code" not in form or "message" not in form.get("error", {}):
            raise ContractError("the contract has no example of a 500 body with status_code and error.message")
        self._form = form

    def body(self, status: int, message: str | None = None) -> dict[str, Any]:
        """Return the body for a status; `message` replaces the message of the contract's example."""
        form = self._examples.get(status, self._form)
        if message is None:
            message = form["error"]["message"] if status in self._examples else HTTPStatus(status).phrase
        return {**form, "status_code": int(status), "error": {**form["error"], "message": message}}
