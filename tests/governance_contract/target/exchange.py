"""One request and its response: recorded, shown to people, and repeated on a command line."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import Any, NoReturn

from ..contract.document import Operation
from .credentials import Credential

NO_ANSWER = 0
"""The status of a request that was not answered: the connection was closed on it, each time it was sent."""
_SHOWN_BODY = 2000
_BODY_ON_COMMAND_LINE = 30_000


class NotJson(ValueError):
    """A body that is not one JSON document (RFC 8259)."""


@dataclass(frozen=True)
class Exchange:
    """A request and the response to it."""

    operation: Operation | None
    """The contract's operation; None where the contract has none at that place."""
    method: str
    url: str
    credential: Credential
    request_headers: dict[str, str]
    request_body: bytes | None
    status: int
    headers: dict[str, str]
    """Response header fields, names in lower case."""
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the response says success (any 2xx; that it is 200 is a rule of its own)."""
        return 200 <= self.status < 300

    @property
    def outcome(self) -> str:
        """The status in words."""
        return f"status {self.status}" if self.status != NO_ANSWER else "no answer: the connection was closed, twice"

    @property
    def media_type(self) -> str:
        """The response's media type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """Parse the response body, strictly.

        Raises:
            NotJson: the body is not exactly one JSON document in UTF-8.
        """
        try:
            return json.loads(self.body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise NotJson(str(error)) from error

    def member(self, *path: str) -> Any:
        """Return a member of the JSON response body, or None where there is none (or no JSON).

        What follows the first document is overlooked here: rules of their own judge the form of a body.
        """
        try:
            node = json.JSONDecoder().raw_decode(self.body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n"))[0]
        except (ValueError, RecursionError):
            return None
        for name in path:
            node = node.get(name) if isinstance(node, dict) else None
        return node

    def entries(self, *path: str) -> list[dict[str, Any]]:
        """Return the objects in a member that is a list; none where it is something else."""
        found = self.member(*path)
        return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []

    def describe(self) -> str:
        """Return the exchange on two lines, for people; not redacted."""
        sent = "" if self.request_body is None else " " + _shorten(self.request_body)
        got = "no answer" if self.status == NO_ANSWER else f"{self.status} {_shorten(self.body)}"
        return f"{self.method} {self.url}{sent}\n-> {got}"

    def brief(self) -> str:
        """Return the request and its status on one line, for people; not redacted."""
        sent = "" if self.request_body is None else " " + _shorten(self.request_body)
        return f"{self.method} {self.url}{sent} -> {'no answer' if self.status == NO_ANSWER else self.status}"

    def curl(self) -> str:
        """Return a command that sends this request again, secrets as environment variables."""
        parts = ["curl", "-sS", "-i", *(["--path-as-is"] if "/." in self.url else []), "-X", self.method]
        for name, value in {**self.request_headers, **self.credential.shell}.items():
            parts += ["-H", _double_quoted(f"{name}: {value}")]
        url = self.url
        if self.credential.shell_query:
            parameters = "&".join(f"{name}={value}" for name, value in self.credential.shell_query.items())
            url = f"{url.partition('?')[0]}?{parameters}"
            parts.append(_double_quoted(url))
        else:
            parts.append(shlex.quote(url))
        if self.request_body is not None:
            parts += ["--data-binary", self._quoted_body()]
        return " ".join(parts)

    def _quoted_body(self) -> str:
        body = self.request_body or b""
        if len(body) > _BODY_ON_COMMAND_LINE:
            # A command line has limits: the body's first and last bytes say what it was.
            return f'"$(python3 -c \'print("x" * {len(body)})\')"'
        try:
            return shlex.quote(body.decode("utf-8"))
        except UnicodeDecodeError:
            return "$'" + "".join(f"\\x{byte:02x}" for byte in body) + "'"


def _double_quoted(text: str) -> str:
    """Quote for a shell so that $VARIABLES and $(commands) still expand."""
    if "$(" in text:
        return '"' + text + '"'
    return '"' + re.sub(r'([\\"`])', r"\\\1", text) + '"'


def _shorten(body: bytes) -> str:
    text = body.decode("utf-8", "backslashreplace").strip()
    return text if len(text) <= _SHOWN_BODY else f"{text[:_SHOWN_BODY]}... ({len(body)} bytes)"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
