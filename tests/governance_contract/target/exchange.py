"""HTTP messages: a request, its response, and both together as an exchange."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ..contract.operation import Operation
from ..contract.operation_ids import UPDATE_GOVERNANCE
from ..vocabulary import MANAGEMENT_KEY_NAME, NO_JSON_NUMBER, About, Difference
from .credentials import Credential
from .knowledge import Knowledge

REFUSED = (401, 403)
"""The statuses that refuse a credential. The published contract leaves open when each of them applies."""
REFUSED_FOR_CONTENT = (400, 404, 409)
"""Statuses that refuse what a request asks, and not its credential."""
_BODY_ON_COMMAND_LINE = 30_000


class NotJson(ValueError):
    """A body that is not one JSON document (RFC 8259)."""


@dataclass(frozen=True)
class Request:
    """A request to the target."""

    operation: Operation | None
    """The contract's operation; None if the contract has no operation with this method and path."""
    method: str
    url: str
    credential: Credential
    headers: Mapping[str, str] = field(default_factory=dict)
    """Header fields without those of the credential."""
    body: bytes | None = None
    unit_id: str = ""
    """The id of the business unit in the path; empty if the path has none."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Header fields that the user added to every request, for display."""

    @property
    def shown_headers(self) -> dict[str, str]:
        """The header fields for display: secrets of the credential are references to environment variables."""
        return {**self.extra, **self.headers, **self.credential.shell}

    def curl(self) -> str:
        """Return a curl command that sends this request, with environment variables in place of secrets."""
        parts = ["curl", "-sS", "-i", *(["--path-as-is"] if "/." in self.url else []), "-X", self.method]
        for name, value in self.shown_headers.items():
            parts += ["-H", _double_quoted(f"{name}: {value}")]
        url = self.url
        if self.credential.shell_query:
            # The parameters of the credential are the last ones.
            kept = url.partition("?")[2].split("&")[: -len(self.credential.shell_query)]
            shown = [f"{name}={value}" for name, value in self.credential.shell_query.items()]
            url = f"{url.partition('?')[0]}?{'&'.join([*kept, *shown])}"
            parts.append(_double_quoted(url))
        else:
            parts.append(shlex.quote(url))
        if self.body is not None:
            parts += ["--data-binary", _quoted_body(self.body)]
        return " ".join(parts)


@dataclass(frozen=True)
class Response:
    """A response from the target."""

    status: int
    headers: Mapping[str, str]
    """Header fields, names in lower case."""
    body: bytes
    defect: str = ""
    """What is wrong with the body: it is not complete, too large, or not in the coding that its label names."""


@dataclass(frozen=True)
class Exchange:
    """A request and the response to it."""

    request: Request
    response: Response | None
    """None if there was no response although the target responds to other requests."""
    unanswered: str = ""
    """Why there was no response."""
    ended_target: bool = False
    """Whether the process of the target ended, which the run had started."""
    knowledge: Knowledge = field(default_factory=Knowledge, compare=False, repr=False)
    """What the run has learned about the target."""

    @property
    def operation(self) -> Operation | None:
        """The contract's operation; None if the contract has no operation with this method and path."""
        return self.request.operation

    @property
    def method(self) -> str:
        """The request's method."""
        return self.request.method

    @property
    def url(self) -> str:
        """The request's URL."""
        return self.request.url

    @property
    def credential(self) -> Credential:
        """The request's credential."""
        return self.request.credential

    @property
    def request_body(self) -> bytes | None:
        """The request's body; None if it had no body."""
        return self.request.body

    @property
    def sent(self) -> Any:
        """The request's body as JSON; None if it is not JSON."""
        try:
            return json.loads(self.request_body or b"")
        except (ValueError, RecursionError):
            return None

    @property
    def status(self) -> int | None:
        """The response's status; None if there was no response, so that mypy reports a comparison with ``<``."""
        return self.response.status if self.response else None

    @property
    def meaning(self) -> int | None:
        """The usual status for what the response's status means in the contract, such as 409 for a declared 422.

        Tests compare this number, so that they follow a contract with other statuses.
        """
        return self.status if self.status is None or self.operation is None else self.operation.usual(self.status)

    @property
    def headers(self) -> Mapping[str, str]:
        """The response's header fields, names in lower case; empty if there was no response."""
        return self.response.headers if self.response else {}

    @property
    def body(self) -> bytes:
        """The response's body; empty if there was no response."""
        return self.response.body if self.response else b""

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx. RESP-01 judges whether it is a declared one."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_server_error(self) -> bool:
        """Whether the status is 5xx."""
        return self.status is not None and self.status >= 500

    @property
    def outcome(self) -> str:
        """The status as text, with the address of a redirect."""
        if self.status is None:
            return f"no response: {self.unanswered or 'the connection was closed twice'}"
        location = self.headers.get("location", "") if 300 <= self.status < 400 else ""
        return f"status {self.status}" + (f" to {location[:200]!a}" if location else "")

    @property
    def outcome_with_url(self) -> str:
        """The outcome, and the request with its full URL."""
        return f"{self.outcome} on {self.method} {self.url}"

    @property
    def rule_of_refusal(self) -> str | None:
        """The SHOULD rule that a refused update breaks because of a component that the unit does not have, if any."""
        updates = self.operation is not None and self.operation.id == UPDATE_GOVERNANCE
        if not updates or self.meaning not in REFUSED_FOR_CONTENT:
            return None
        return self.knowledge.components.rule_of_refusal(self.request.unit_id, self.sent)

    @property
    def media_type(self) -> str:
        """The response's media type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """Parse the response body strictly.

        Raises:
            NotJson: the body is not exactly one JSON document in UTF-8.
        """
        if self.response is not None and self.response.defect:
            raise NotJson(self.response.defect)
        try:
            return json.loads(self.body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise NotJson(str(error)) from error

    def member(self, *path: str) -> Any:
        """Return a member of the JSON response body, or None if the body is not JSON or has no such member.

        Content after the first JSON document is ignored, and identifiers that are numbers become text, since other
        rules judge the form of a body.
        """
        try:
            node = _DECODER.raw_decode(self.body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n"))[0]
        except (ValueError, RecursionError):
            return None
        for name in path:
            node = node.get(name) if isinstance(node, dict) else None
        return node

    def entries(self, *path: str) -> list[dict[str, Any]]:
        """Return the objects in a list member of the JSON response body; empty if the member is not a list."""
        items = self.member(*path)
        return [entry for entry in items if isinstance(entry, dict)] if isinstance(items, list) else []


def unit_in(exchange: Exchange) -> dict[str, Any] | None:
    """Return the business unit in a response, or None.

    Governance operations wrap it in ``business_unit``; getBusinessUnit does not.
    """
    body = exchange.member()
    if not isinstance(body, dict):
        return None
    entity = body.get("business_unit", body)
    return entity if isinstance(entity, dict) else None


def _with_text_ids(entry: dict[str, Any]) -> dict[str, Any]:
    for name in _IDS:
        if type(entry.get(name)) is int:
            entry[name] = str(entry[name])
    return entry


_IDS = ("id", "budget_id", "rate_limit_id", "business_unit_id", "team_id")
_DECODER = json.JSONDecoder(object_hook=_with_text_ids)


def _quoted_body(body: bytes) -> str:
    if len(body) > _BODY_ON_COMMAND_LINE:
        # The length of a command line is limited, so a generated body of the same length replaces a long one.
        return f'"$(python3 -c \'print("x" * {len(body)})\')"'
    if b"\0" in body:  # no argument of a command can have it
        return "@<(printf '" + "".join(f"\\{byte:03o}" for byte in body) + "')"
    try:
        return shlex.quote(body.decode("utf-8"))
    except UnicodeDecodeError:
        return "$'" + "".join(f"\\x{byte:02x}" for byte in body) + "'"


def _double_quoted(text: str) -> str:
    """Quote text for a shell so that $VARIABLES and $(commands) still expand."""
    if "$(" in text:
        return '"' + text + '"'
    return '"' + re.sub(r'([\\"`])', r"\\\1", text) + '"'


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} {NO_JSON_NUMBER}")


@dataclass(frozen=True)
class Observation:
    """A rule that a response breaks, seen without a test of the rule."""

    rule: str
    expected: str
    got: str
    exchange: Exchange
    about: About


def about_status(exchange: Exchange, *statuses: int) -> About:
    """Return what a violation is about if the response must have one of some statuses; 200 stands for a success.

    Without statuses, any response below 500 is right.
    """
    return About(difference=_difference_of_status(exchange, statuses), statuses=statuses)


def _difference_of_status(exchange: Exchange, statuses: Sequence[int]) -> Difference:
    if exchange.status is None:
        return Difference.NO_RESPONSE
    if exchange.is_server_error:
        return Difference.SERVER_ERROR
    if exchange.credential.name != MANAGEMENT_KEY_NAME and exchange.meaning not in REFUSED and 401 in statuses:
        return Difference.ACCEPTED  # whatever the response says, the credential came through
    must_succeed, may_be_refused = any(status < 300 for status in statuses), any(status >= 400 for status in statuses)
    if exchange.ok == must_succeed or (not exchange.ok and may_be_refused):
        return Difference.STATUS
    return Difference.ACCEPTED if exchange.ok else Difference.REFUSED
