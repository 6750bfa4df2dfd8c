"""The error that operations raise, and the error body of the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from mock_server.contract.document import Contract, Operation, unsupported


class Problem(Exception):
    """A refused request: its usual status, a message for the client, and headers of the response.

    Without a message, it is that of the contract's example for the status.
    """

    def __init__(
        self,
        status: int,
        message: str | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        pointer: str = "",
        example: str = "",
    ) -> None:
        """Refuse with this HTTP status, or with the one that the contract declares in its place.

        Args:
            status: the usual status.
            message: the message for the client; None for that of the contract.
            headers: further headers of the response.
            pointer: the place in the body. It is shown in the journal, and never sent.
            example: the name of the contract's example, if it has several for the status.
        """
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.headers = headers or {}
        self.pointer = pointer
        self.example = example


class Refusal(NamedTuple):
    """Why the API refused a request."""

    usual_status: int
    message: str | None
    pointer: str
    """The place in the body as a JSON pointer; empty if it is not known."""


class ErrorBodies:
    """Error bodies in the form of the contract's error examples."""

    def __init__(self, contract: Contract) -> None:
        """Read the error examples; raises ContractError if the contract has none."""
        self._examples: dict[tuple[str, int], Mapping[str, Any]] = {}
        """By operation and status, and for any operation by an empty name and the status."""
        self._named: dict[tuple[str, int, str], Mapping[str, Any]] = {}
        forms: dict[str, Mapping[str, Any]] = {}
        for operation_id, key, name, example in _error_examples(contract):
            forms.setdefault(key, example)
            if key.isdecimal():
                self._named[operation_id, int(key), name] = example
                self._examples.setdefault((operation_id, int(key)), example)
                self._examples.setdefault(("", int(key)), example)
        # Any example shows the form; one of a failure is the best for statuses without an example.
        if not forms:
            raise unsupported("/paths", "examples", "no response shows an error with status_code and error.message")
        self._form = min(forms.items(), key=lambda item: (item[0] != "500", item[0] != "5XX", item[0] != "default"))[1]

    def body(
        self, status: int, message: str | None = None, operation: Operation | None = None, name: str = ""
    ) -> dict[str, Any]:
        """Return the body for a status; `message` replaces the message of the contract's example.

        The example is that of the operation with a name, or else its first one, or else that of another operation.
        """
        operation_id = operation.id if operation is not None else ""
        example = self._named.get((operation_id, status, name))
        example = example or self._examples.get((operation_id, status)) or self._examples.get(("", status))
        form = example or self._form
        if message is None:
            message = form["error"]["message"] if example else phrase(status)
        return {**form, "status_code": int(status), "error": {**form["error"], "message": message}}


def phrase(status: int) -> str:
    """Return the reason phrase of a status, or the name of its class if no standard names it (RFC 9110, section 15)."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Server Error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "Client Error"


def _error_examples(contract: Contract) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """Yield operation, status or range, name and value of each usable example of an error."""
    for operation in contract.operations.values():
        for key, response in operation.responses.items():
            for name, example in response.examples.items():
                error = example.get("error") if isinstance(example, Mapping) else None
                is_usable = isinstance(error, Mapping) and "message" in error
                if key[0] not in "123" and is_usable and "status_code" in example:
                    yield operation.id, key, name, example
