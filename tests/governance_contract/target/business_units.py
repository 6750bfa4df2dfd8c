"""The business units that tests use: units that the run creates and deletes, or units that the user named."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..contract.operation_ids import CREATE_UNIT, DELETE_UNIT, GET_UNIT, LIST_UNITS, REMOVE_TEAM, UPDATE_GOVERNANCE
from .connections import Connections
from .credentials import Credential
from .exchange import Exchange, skip_if_forbidden
from .target import Target, Unreachable

COMPONENTS = ("budget", "rate_limit")
NO_SUCH_TEAM = "no-such-team"
"""An id that no team has."""
_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "budget": ("max_limit", "reset_duration", "calendar_aligned"),
    "rate_limit": ("token_max_limit", "token_reset_duration", "request_max_limit", "request_reset_duration"),
}
ATTEMPTS_AT_A_LATER_TIMESTAMP = 400
"""The maximum number of changes that a test makes until a timestamp in whole seconds advances.

No target processes this many changes in a second.
"""
_LONG_NAME = 80
"""Characters. No usual name of a created unit is longer."""
UnitState = dict[str, Any]
"""A business unit as a response shows it."""


class Unusable(RuntimeError):
    """The target responds but cannot be judged: it rejects the key, is not this API, or has no unit to test."""


class Blocked(Exception):
    """A test cannot set up its starting state on the target, so its rule cannot be judged."""

    def __init__(self, reason: str, exchange: Exchange) -> None:
        """Store the reason, and the exchange that shows it."""
        super().__init__(reason)
        self.exchange = exchange


def settings(name: str, entity: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the limits, durations and alignment of a component, without unset fields.

    A missing ``calendar_aligned`` of a budget is false, the default of the contract.
    """
    if entity is None:
        return {}
    found = {field: entity[field] for field in _SETTINGS[name] if entity.get(field) is not None}
    if name == "budget":
        found.setdefault("calendar_aligned", False)
    return found


def instant(text: Any) -> datetime | None:
    """Parse a timestamp (RFC 3339); return None if the value is not a timestamp with a time zone."""
    try:
        parsed = datetime.fromisoformat(text.upper())  # T and Z may be lower case
    except (AttributeError, TypeError, ValueError):
        return None
    return parsed if parsed.tzinfo else None


@dataclass(frozen=True)
class Unit:
    """One business unit on a target."""

    target: Target
    id: str
    name: str | None
    """None if it is not known."""

    @property
    def path(self) -> dict[str, str]:
        """The path parameters that address this unit."""
        return {"id": self.id}

    def put(
        self,
        body: Any = None,
        *,
        raw: bytes | None = None,
        credential: Credential | None = None,
        over: Connections | None = None,
    ) -> Exchange:
        """Send an update of the governance. Arguments and errors as for ``Target.call``."""
        return self.target.call(UPDATE_GOVERNANCE, body, raw=raw, path=self.path, credential=credential, over=over)

    def fetch(self) -> Exchange:
        """Read the unit and return the exchange. Sends an empty update if the target serves no GET."""
        if self.target.serves(GET_UNIT):
            return self.target.call(GET_UNIT, path=self.path)
        return self.put({})

    def read(self) -> UnitState:
        """Read the unit and return it.

        Raises:
            Blocked: the read fails, or its response is not an object.
        """
        return require_unit_in(self.fetch())

    def set_state(self, **wanted: Mapping[str, Any] | None) -> UnitState:
        """Set the governance of the unit, and return the unit as a read shows it.

        Args:
            wanted: complete settings for ``budget`` and ``rate_limit``. A component without settings is removed.

        Raises:
            Blocked: the target rejects the update, or a read shows another state.
        """
        exchange = self.put({name: dict(wanted.get(name) or {}) for name in COMPONENTS})
        if not exchange.ok:
            # The target may reject the removal of an absent component. REMOVE-06 judges that.
            present = self.read()
            exchange = self.put(
                {name: dict(wanted.get(name) or {}) for name in COMPONENTS if wanted.get(name) or name in present}
            )
        if not exchange.ok:
            skip_if_forbidden(exchange)
            raise Blocked(f"the target rejects a valid starting state ({exchange.outcome})", exchange)
        entity = self.read()
        for name in COMPONENTS:
            found = settings(name, component(entity, name))
            if not set((wanted.get(name) or {}).items()) <= set(found.items()) or bool(wanted.get(name)) != bool(found):
                raise Blocked(f"a read does not show the starting state: {name} is {found or 'absent'}", exchange)
        return entity


def _short_or_long(target: Target) -> str:
    """Return the first word of the names of created units. A contract may permit only short names."""
    longest = target.contract.longest_name
    return "governance-contract" if longest is None or longest >= _LONG_NAME else "gc"


def require_unit_in(exchange: Exchange) -> UnitState:
    """Return the business unit in the response to a read.

    Raises:
        Blocked: the read failed, or its response is not an object.
    """
    entity = unit_in(exchange)
    if not exchange.ok or entity is None:
        raise Blocked(f"the business unit cannot be read ({exchange.outcome})", exchange)
    return entity


def unit_in(exchange: Exchange) -> UnitState | None:
    """Return the business unit in a response, or None.

    Governance operations wrap it in ``business_unit``; getBusinessUnit does not.
    """
    body = exchange.member()
    if not isinstance(body, dict):
        return None
    entity = body.get("business_unit", body)
    return entity if isinstance(entity, dict) else None


def other_component(name: str) -> str:
    """Return ``rate_limit`` for ``budget``, and the reverse."""
    return next(other for other in COMPONENTS if other != name)


def component(entity: Mapping[str, Any] | None, name: str) -> dict[str, Any] | None:
    """Return a component of a business unit, or None if it is absent or null."""
    value = entity.get(name) if entity else None
    return value if isinstance(value, dict) else None


class Units:
    """Creates business units for tests. At the end of the run it deletes them and restores the named units."""

    def __init__(self, target: Target, named: Sequence[str] = (), prefix: str | None = None) -> None:
        """Prepare the units; nothing is sent yet.

        Args:
            target: the target.
            named: the ids of the business units that the user named: none, one or two.
            prefix: the prefix of the names of created units; random if it is None.
        """
        self._target = target
        self._named = tuple(named)
        # The prefix does not depend on the seed: a unit that an earlier run left behind may have its name.
        self._prefix = prefix or f"{_short_or_long(target)}-{secrets.token_hex(4)}"
        self._count = 0
        self._own: dict[str, str] = {}
        self._originals: dict[str, UnitState] = {}
        self.team_to_remove: str | None = None
        """A team to remove from the named unit at the end of the run, if a test was interrupted."""

    @property
    def named_ids(self) -> tuple[str, ...]:
        """The ids of the business units that the user named: none, one or two."""
        return self._named

    @property
    def prefix(self) -> str:
        """The prefix of the names of units that this run creates."""
        return self._prefix

    def new_name(self) -> str:
        """Return a new name that no unit has."""
        self._count += 1
        return f"{self._prefix}-{self._count}"

    def create(self, name: str | None = None) -> Unit:
        """Create a business unit, which is deleted at the end of the run.

        Raises:
            Blocked: the target does not create it.
        """
        exchange = self._target.call(CREATE_UNIT, {"name": name or self.new_name()})
        unit = self.register(exchange)
        if unit is None:
            skip_if_forbidden(exchange)
            raise Blocked(f"the target does not create a business unit ({exchange.outcome})", exchange)
        return unit

    def register(self, exchange: Exchange) -> Unit | None:
        """Return the unit that a response of createBusinessUnit shows, if any, and delete it at the end of the run."""
        unit_id = exchange.member("id")
        if not exchange.ok or not isinstance(unit_id, str) or not unit_id:
            return None
        name = exchange.member("name")
        self._own[unit_id] = str(name)
        return Unit(self._target, unit_id, name if isinstance(name, str) else None)

    def delete(self, unit: Unit) -> None:
        """Delete a created unit now. Deleting it twice has no effect."""
        if self._own.pop(unit.id, None) is not None:
            self._target.call(DELETE_UNIT, path=unit.path)

    def named(self) -> Unit:
        """Return the business unit that the user named.

        Raises:
            Unusable: the user named no unit.
        """
        if not self._named:
            raise Unusable("no business unit is named with --business-unit")
        return Unit(self._target, self._named[0], None)

    def second_named(self) -> Unit | None:
        """Return the second unit that the user named, if any. Tests that reset usage prefer it to the first."""
        return Unit(self._target, self._named[1], None) if self._named[1:] else None

    def record_original(self, unit_id: str, fetched: Exchange) -> UnitState:
        """Record the state of a named unit, to restore it at the end of the run, and return the state.

        Raises:
            Blocked: the read failed, or its response is not an object.
        """
        self._originals[unit_id] = require_unit_in(fetched)
        return self._originals[unit_id]

    @property
    def original(self) -> UnitState | None:
        """The state of the first named unit before the run changed it, if a unit is named."""
        return self._originals.get(self._named[0]) if self._named else None

    def clean_up(self) -> list[str]:
        """Delete the created units, restore the named ones, and return a line for each failure."""
        left = []
        self._find_unregistered()
        for unit_id, name in list(self._own.items()):
            try:
                exchange = self._target.call(DELETE_UNIT, path={"id": unit_id})
                # 404 also means that the operation is not served.
                gone = exchange.meaning in (200, 204) or (exchange.meaning == 404 and self._target.serves(DELETE_UNIT))
            except Unreachable:
                gone = False
            if not gone:
                left.append(f"business unit {name} ({unit_id}) could not be deleted")
            else:
                del self._own[unit_id]
        if self.team_to_remove is not None:
            left += self._unassign(self.team_to_remove)
        for unit_id, original in self._originals.items():
            left += self._restore(unit_id, original)
        return left

    def _unassign(self, team: str) -> list[str]:
        try:
            path = {**self.named().path, "team_id": team}
            exchange = self._target.call(REMOVE_TEAM, path=path)
            # 404, or 400 if the team belongs to another unit: the named unit no longer has the team.
            done = exchange.meaning in (200, 204, 400, 404)
        except Unreachable:
            done = False
        return [] if done else [f"team {team} could not be removed from business unit {self.named().id}"]

    def _find_unregistered(self) -> None:
        """Register units of this run whose creation was interrupted before the response arrived."""
        if not self._target.serves(LIST_UNITS):
            return
        try:
            query = {"search": self._prefix, **self._target.contract.pages(LIST_UNITS).first(100)}
            listing = self._target.call(LIST_UNITS, query=query)
        except Unreachable:
            return
        for item in listing.entries("business_units"):
            if str(item.get("name", "")).startswith(self._prefix) and item.get("id"):
                self._own[item["id"]] = item["name"]

    def _restore(self, unit_id: str, original: UnitState) -> list[str]:
        if UPDATE_GOVERNANCE not in self._target.contract.operations:
            return []  # nothing could change it
        unit = Unit(self._target, unit_id, None)
        wanted = {name: settings(name, component(original, name)) for name in COMPONENTS}
        try:
            current = unit_in(unit.fetch())
            # The target may reject the removal of an absent component.
            body = {name: value for name, value in wanted.items() if value or component(current, name) is not None}
            restored = unit.put(body).ok
        except Unreachable:
            restored = False
        if restored:
            return []
        return [f"business unit {unit_id} could not be restored; its governance was {json.dumps(wanted)}"]
