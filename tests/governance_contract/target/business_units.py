"""The business units that tests use: units that the run creates and deletes, or units that the user named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..contract.operation_ids import GET_UNIT, UPDATE_GOVERNANCE
from .connections import Connections
from .credentials import Credential
from .exchange import Exchange, skip_if_forbidden
from .target import Target

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
    exists: bool = True

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
