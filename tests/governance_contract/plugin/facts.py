"""Completes what a violation is about with what the request has to do with it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from ..checks.expect import OTHER_UNIT
from ..contract.components import COMPONENTS
from ..contract.document import Contract
from ..contract.operation_ids import CREATE_GOVERNANCE, DELETE_UNIT, GET_UNIT, UPDATE_GOVERNANCE
from ..results.records import Facts
from ..target.exchange import Exchange, unit_in
from ..target.unit import SETTING_NAMES
from ..vocabulary import NESTING, About, Difference

_OF_SOMETHING = re.compile(r" of the \w+(?=\.|$)")
_SHOWING_UNIT = (UPDATE_GOVERNANCE, CREATE_GOVERNANCE, GET_UNIT)
_UNIT_MEMBERS = {"id", "name", *COMPONENTS}
_LARGEST_BODY = 20_000
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

    @property
    def about(self) -> About:
        """What it is about."""


class FactFinder:
    """Finds the facts of violations by one contract."""

    def __init__(self, contract: Contract) -> None:
        """Use a contract."""
        self._contract = contract

    def find(self, exchange: Exchange, about: About, earlier: Sequence[Exchange] = ()) -> Facts:
        """Return the facts of a violation.

        Args:
            exchange: the exchange that shows it.
            about: what the violation is about.
            earlier: the requests before the exchange that may have changed state.
        """
        place, difference = _without_envelope(about.place), about.difference
        loses_member = place and difference in (Difference.LOST, Difference.VALUE) and not about.compares_states
        if loses_member and _lacks_unit(exchange):
            place, difference = "business_unit", Difference.MISSING
        # A read shows what an earlier request did.
        reads_unit = exchange.operation is not None and exchange.operation.id == GET_UNIT
        acting = earlier[-1] if earlier and reads_unit else exchange
        is_deleted = 404 in about.statuses and _is_deleted(exchange, earlier)
        return Facts(
            difference=difference,
            place=place,
            operation=exchange.operation.id if exchange.operation else None,
            after=acting.operation.id if acting is not exchange and acting.operation else None,
            credential=exchange.credential.name,
            expected_statuses=list(about.statuses),
            sent="" if about.is_other_unit else _sent(acting, place),
            forbidden=self._forbidden(exchange),
            unit="another" if about.is_other_unit else "deleted" if is_deleted else "",
        )

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
    except RecursionError:
        return NESTING
    except ValueError:
        return "body syntax" if body.strip() else "body missing"
    try:
        errors = contract.errors(schema, content, published=False)
    except RecursionError:
        return NESTING
    if not errors:  # the schema cannot say which durations can be aligned
        return "budget.calendar_aligned duration"
    error = errors[0]
    while error.context:
        error = max(error.context, key=lambda error_within: len(error_within.absolute_path))
    names = [name for name in error.absolute_path if isinstance(name, str)]
    return f"{'.'.join(names) or 'body'} {error.validator}"


def _is_deleted(exchange: Exchange, earlier: Sequence[Exchange]) -> bool:
    """Whether an earlier request deleted the unit that an exchange names."""
    return any(
        before.ok
        and before.operation is not None
        and before.operation.id == DELETE_UNIT
        and f"{exchange.url}/".startswith(f"{before.url}/")
        for before in earlier
    )


def _lacks_unit(exchange: Exchange) -> bool:
    """Whether the response to an operation that shows a unit has no unit, so that it shows no member of it either."""
    if not exchange.ok or exchange.operation is None or exchange.operation.id not in _SHOWING_UNIT:
        return False
    return not _UNIT_MEMBERS & (unit_in(exchange) or {}).keys()


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
    part = content[component]
    if part is None:
        return "null"
    if not isinstance(part, dict):
        return "set"
    if not part:
        return "empty"
    return "part" if member in SETTING_NAMES[component] and member not in part else "set"
