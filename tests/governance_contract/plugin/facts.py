"""Finds out what a violation is about: its place, its difference, and what the request has to do with both."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from ..checks.expect import OTHER_UNIT, REFUSED
from ..contract.components import COMPONENTS
from ..contract.document import Contract
from ..contract.operation_ids import CREATE_GOVERNANCE, DELETE_UNIT, GET_UNIT, UPDATE_GOVERNANCE
from ..results.records import Facts
from ..target.exchange import Exchange, unit_in
from ..target.unit import SETTING_NAMES
from ..vocabulary import AS_BEFORE, MANAGEMENT_KEY_NAME, STILL, TO_ABSENT, WENT_FROM, Difference

_MEMBER = re.compile(r"(?:^|(?<=\s))([a-z_]+\.[a-z_.]+|[a-z_]+(?= =)|^[a-z_]+)")
_HEADER = re.compile(r"[A-Z][a-z]+(?:-[A-Z][a-z]+)+")
_OF_SOMETHING = re.compile(r" of the \w+(?=\.|$)")
_HISTORY = ", after: "
_STATUS = re.compile(r"\b[1-5]\d\d\b")
_OUTCOME = re.compile(r"(?:status \d{3}|no response)\b")
_ABOUT_STATUS = ("success", "no success", "a response", "a status", "a refusal", "refusal", "Schema-valid")
_RECEIVED = re.compile(r"Received: \d{3}")  # in the texts of Schemathesis
_SHOWING_UNIT = (UPDATE_GOVERNANCE, CREATE_GOVERNANCE, GET_UNIT)
_UNIT_MEMBERS = {"id", "name", *COMPONENTS}
_LATER = re.compile(f"{AS_BEFORE}$|{STILL}")
_ABSENT = re.compile(r"(?:^no |\bwithout )([a-z_]+)")
_LARGEST_BODY = 20_000
_QUOTES = "'\""
_ENVELOPES = ("business_unit", "business_units", "the business unit", OTHER_UNIT)


class Described(Protocol):
    """A violation of any kind, before it is recorded."""

    @property
    def expected(self) -> str:
        """What the contract requires."""

    @property
    def got(self) -> str:
        """What the target did instead."""

    @property
    def exchange(self) -> Exchange:
        """The exchange that shows it."""


class FactFinder:
    """Finds the facts of violations by one contract."""

    def __init__(self, contract: Contract) -> None:
        """Prepare the names of the members of the contract."""
        self._contract = contract
        self._members = frozenset(_member_names(contract.document.get("components", {})))

    def find(
        self,
        violation: Described,
        place: str = "",
        difference: Difference | None = None,
        earlier: Sequence[Exchange] = (),
    ) -> Facts:
        """Return the facts of a violation.

        Args:
            violation: what was expected, what the target did, and the exchange.
            place: the member that differs; empty to take it from the text.
            difference: how it differs; None to take it from the text and the status.
            earlier: the requests before the exchange that may have changed state.
        """
        expected, got, exchange = violation.expected.partition(_HISTORY)[0], violation.got, violation.exchange
        statuses = [] if place else _statuses_in(expected, got, exchange)
        if difference is None and not place and _OUTCOME.match(got) and _is_crash(exchange):
            difference = Difference.NO_RESPONSE if exchange.status is None else Difference.SERVER_ERROR
        elif difference is None and statuses is not None and not place:
            difference = _difference_of_status(statuses, expected, exchange)
        elif not place:
            place = self._place_in(expected)
        place, difference = _without_envelope(place), difference or _difference_of_value(expected, got)
        of_response = place and difference in (Difference.LOST, Difference.VALUE) and not _LATER.search(expected)
        if of_response and _lacks_unit(exchange):
            place, difference = "business_unit", Difference.MISSING
        # A read shows what an earlier request did.
        reads_unit = exchange.operation is not None and exchange.operation.id == GET_UNIT
        acting = earlier[-1] if earlier and reads_unit else exchange
        is_deleted = 404 in (statuses or []) and _is_deleted(exchange, earlier)
        unit = "another" if OTHER_UNIT in expected else "deleted" if is_deleted else ""
        return Facts(
            difference=difference,
            place=place,
            operation=exchange.operation.id if exchange.operation else None,
            after=acting.operation.id if acting is not exchange and acting.operation else None,
            credential=exchange.credential.name,
            expected_statuses=statuses or [],
            sent=_sent(acting, place) if unit != "another" else "",
            forbidden=self._forbidden(exchange),
            unit=unit,
        )

    def _place_in(self, expected: str) -> str:
        """Return the first member of the contract or header field that a text names, or an empty text."""
        if header := _HEADER.search(expected):
            return header.group()
        absent = _ABSENT.search(expected)
        if absent is not None and absent.group(1) in self._members:
            return absent.group(1)
        named = (found.group() for found in _MEMBER.finditer(_OF_SOMETHING.sub("", expected)))
        return next((name for name in named if name.split(".")[-1] in self._members), "")

    def _forbidden(self, exchange: Exchange) -> str:
        operation, body = exchange.operation, exchange.request_body
        if operation is None or operation.body_schema is None or body is None or operation.permits(body):
            return ""
        if len(body) > _LARGEST_BODY:
            return "body size"
        return _forbidden_in(self._contract, operation.body_schema, body)


@lru_cache(maxsize=500)
def _forbidden_in(contract: Contract, schema: str, body: bytes) -> str:
    """Return the member and the keyword of the first error of a body that the contract forbids."""
    try:
        content = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return "body syntax" if body.strip() else "body missing"
    try:
        errors = contract.errors(schema, content, published=False)
    except RecursionError:
        return "body syntax"
    if not errors:  # the schema cannot say which durations can be aligned
        return "budget.calendar_aligned duration"
    error = errors[0]
    while error.context:
        error = max(error.context, key=lambda one: len(one.absolute_path))
    names = [name for name in error.absolute_path if isinstance(name, str)]
    return f"{'.'.join(names) or 'body'} {error.validator}"


def _is_deleted(exchange: Exchange, earlier: Sequence[Exchange]) -> bool:
    """Whether an earlier request deleted the unit that an exchange names."""
    deletions = (one.url for one in earlier if one.ok and one.operation is not None and one.operation.id == DELETE_UNIT)
    return any(f"{exchange.url}/".startswith(f"{url}/") for url in deletions)


def _lacks_unit(exchange: Exchange) -> bool:
    """Whether the response to an operation that shows a unit has no unit, so that it shows no member of it either."""
    if not exchange.ok or exchange.operation is None or exchange.operation.id not in _SHOWING_UNIT:
        return False
    return not _UNIT_MEMBERS & (unit_in(exchange) or {}).keys()


def _statuses_in(expected: str, got: str, exchange: Exchange) -> list[int] | None:
    """Return the statuses that a text requires; None if the violation is not about the status."""
    if not _OUTCOME.match(got):
        return None
    found = [int(status) for status in _STATUS.findall(_RECEIVED.sub("", expected))]
    about_status = found or expected.startswith(_ABOUT_STATUS)
    return found if about_status and exchange.status not in found else None


def _is_crash(exchange: Exchange) -> bool:
    return exchange.status is None or exchange.is_server_error


def _difference_of_status(expected: Sequence[int], text: str, exchange: Exchange) -> Difference:
    """Return how the status of an exchange differs from the expected ones."""
    if exchange.credential.name != MANAGEMENT_KEY_NAME and exchange.meaning not in REFUSED and 401 in expected:
        return Difference.ACCEPTED  # whatever the response says, the credential came through
    must_succeed = not expected and text.startswith(("success", "Schema-valid"))
    succeeds = must_succeed or any(status < 300 for status in expected)
    refuses = any(status >= 400 for status in expected)
    if exchange.ok == succeeds or (not exchange.ok and refuses):
        return Difference.STATUS
    if not exchange.ok and not succeeds:
        return Difference.STATUS
    return Difference.ACCEPTED if exchange.ok else Difference.REFUSED


def _difference_of_value(expected: str, got: str) -> Difference:
    if WENT_FROM in got and got.endswith(TO_ABSENT):
        return Difference.LOST
    if _HEADER.search(expected) or expected.endswith(f"= {got.strip(_QUOTES)}") or " media types " in expected:
        return Difference.FORM
    if AS_BEFORE in expected or STILL in expected or WENT_FROM in got:
        return Difference.CHANGED
    if _ABSENT.search(expected):
        return Difference.KEPT
    return Difference.VALUE


def _without_envelope(place: str) -> str:
    place = _OF_SOMETHING.sub("", place)
    for envelope in _ENVELOPES:
        if place != envelope:
            place = place.removeprefix(f"{envelope}.")
    return place


def _sent(acting: Exchange, place: str) -> str:
    """Return what a request says about the component of a place; empty if it cannot say anything about it."""
    component, _, member = place.partition(".")
    body, operation = acting.request_body, acting.operation
    takes_components = operation is not None and operation.id in (UPDATE_GOVERNANCE, CREATE_GOVERNANCE)
    if component not in COMPONENTS or not takes_components or body is None or len(body) > _LARGEST_BODY:
        return ""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(content, dict) or component not in content:
        return "omitted"
    given = content[component]
    if given is None:
        return "null"
    if not isinstance(given, dict):
        return "set"
    if not given:
        return "empty"
    return "part" if member in SETTING_NAMES[component] and member not in given else "set"


def _member_names(node: Any) -> Collection[str]:
    """Return the names of all properties in a part of the contract."""
    names: set[str] = set()
    if isinstance(node, Mapping):
        properties = node.get("properties")
        if isinstance(properties, Mapping):
            names.update(map(str, properties))
        for one in node.values():
            names.update(_member_names(one))
    elif isinstance(node, list):
        for one in node:
            names.update(_member_names(one))
    return names
