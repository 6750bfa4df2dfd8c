"""The business units that tests use: units that the run creates and deletes, or units that the user named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..contract.components import COMPONENTS
from ..contract.operation_ids import CREATE_GOVERNANCE, DELETE_GOVERNANCE, GET_UNIT, UPDATE_GOVERNANCE
from .connections import Connections
from .credentials import Credential
from .errors import Blocked, NeverShown, NotApplicable, skip_if_forbidden
from .exchange import Exchange, unit_in
from .target import Target

NO_SUCH_TEAM = "no-such-team"
"""An id that no team has."""
SETTING_NAMES: Mapping[str, tuple[str, ...]] = {
    "budget": ("max_limit", "reset_duration", "calendar_aligned"),
    "rate_limit": ("token_max_limit", "token_reset_duration", "request_max_limit", "request_reset_duration"),
}
_PLAIN_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "budget": {"max_limit": 100, "reset_duration": "1M"},
    "rate_limit": {"request_max_limit": 100, "request_reset_duration": "1h"},
}
"""Settings that a target takes if it takes any."""
UnitState = dict[str, Any]
"""A business unit as a response shows it."""


def settings_of(component: str, entity: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the limits, durations and alignment of a component, without unset fields.

    A missing ``calendar_aligned`` of a budget is false, the default of the contract.
    """
    if entity is None:
        return {}
    values = {field: entity[field] for field in SETTING_NAMES[component] if entity.get(field) is not None}
    if component == "budget":
        values.setdefault("calendar_aligned", False)
    return values


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

    @property
    def can_be_read(self) -> bool:
        """Whether the target serves an operation that shows a unit, without a known problem."""
        return self.target.serves(GET_UNIT) or self.target.serves(UPDATE_GOVERNANCE)

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

    def create_governance(self, body: Any, *, over: Connections | None = None) -> Exchange:
        """Send a creation of the governance. Arguments and errors as for ``Target.call``."""
        return self.target.call(CREATE_GOVERNANCE, body, path=self.path, over=over)

    def fetch(self) -> Exchange:
        """Read the unit and return the exchange. Sends an empty update if the target serves no GET."""
        if self.target.serves(GET_UNIT):
            return self.target.call(GET_UNIT, path=self.path)
        return self.put({})

    def read(self) -> UnitState:
        """Read the unit and return it. A read that fails is sent once more: an earlier request may have disturbed it.

        Skips the running test if no operation that shows a unit can be used.

        Raises:
            Blocked: the read fails, or its response is not an object.
        """
        exchange = self.fetch()
        if not exchange.ok:
            exchange = self.fetch()
        if not exchange.ok and not self.can_be_read:
            raise NotApplicable(self.target.why_unusable(GET_UNIT))
        return require_unit_in(exchange)

    def read_component(self, component: str) -> dict[str, Any]:
        """Read the unit and return a component; empty if it is absent. Errors as for ``read``."""
        return component_of(self.read(), component) or {}

    def set_state(self, **wanted: Mapping[str, Any] | None) -> UnitState:
        """Set the governance of the unit, and return the unit as a read shows it.

        If the target does not take the state in one update, other ways to it are tried: one component at a time, other
        settings, and the creation of governance. If no update can be used, only the creation is tried. If
        the unit then shows the wanted components with other settings, this is the starting state: other rules judge
        what an update stores. Skips the running test if an operation that it takes is broken.

        Args:
            wanted: complete settings for ``budget`` and ``rate_limit``. A component without settings is removed.

        Raises:
            Blocked: the target rejects each way, or does not show the components.
            NeverShown: the target never shows a wanted component.
        """
        if not self.target.serves(UPDATE_GOVERNANCE):
            return self._reach_without_updates(wanted)
        body = {component: dict(wanted.get(component) or {}) for component in COMPONENTS}
        exchange = self.put(body)
        if not exchange.ok:
            # The target may reject the removal of an absent component. REMOVE-06 judges that.
            present = self.read()
            exchange = self.put(
                {component: values for component, values in body.items() if values or component_of(present, component)}
            )
        entity = self.read()
        if self._has(wanted, entity):
            return entity
        skip_if_forbidden(exchange)
        entity = self._reach_in_another_way(wanted, entity)
        if self._lacks(wanted, entity):
            if not exchange.ok:
                raise Blocked(f"the target rejects a valid starting state ({exchange.outcome})", exchange)
            for component in COMPONENTS:
                if wanted.get(component) and component in self.target.hidden:
                    raise NeverShown(self.target.hidden[component], exchange)
            in_read = {component: settings_in(self.read(), component) or "absent" for component in COMPONENTS}
            raise Blocked(f"a read does not show the starting state: {in_read}", exchange)
        return entity

    def ensure_state(self, **wanted: Mapping[str, Any] | None) -> UnitState:
        """Do as ``set_state``, but change nothing if a read already shows the wanted settings."""
        fetched = self.fetch()
        shown = unit_in(fetched) if fetched.ok else None
        return shown if shown is not None and self._has(wanted, shown) else self.set_state(**wanted)

    def prepare_state(self, **wanted: Mapping[str, Any] | None) -> UnitState:
        """Do as ``set_state``, but accept another state that the target shows, also if an operation is broken.

        This is for tests that do not judge how governance is set. With governance, the unit shows more changes.

        Raises:
            Blocked: the unit cannot be read.
        """
        try:
            return self.set_state(**wanted)
        except (Blocked, NotApplicable):
            return self.read()

    def _reach_without_updates(self, wanted: Mapping[str, Mapping[str, Any] | None]) -> UnitState:
        """Return the unit once it has the wanted components; skips the running test if no creation leads there."""
        entity = self.read()
        if self._has(wanted, entity):
            return entity
        self._create_governance(wanted, entity)
        entity = self.read()
        if self._lacks(wanted, entity):
            raise NotApplicable(self.target.why_unusable(UPDATE_GOVERNANCE))
        return entity

    def _reach_in_another_way(self, wanted: Mapping[str, Mapping[str, Any] | None], entity: UnitState) -> UnitState:
        """Return the unit once it has the wanted components, or as it is if no way leads there."""
        # The first update creates a component. The second changes it, which the target may do correctly.
        present = {component: dict(values) for component, values in wanted.items() if values}
        if not self._lacks(wanted, entity) and self.put(present).ok:
            entity = self.read()
        for change in (self._change_each, self._change_to_other_settings, self._create_governance):
            if self._lacks(wanted, entity):
                change(wanted, entity)
                entity = self.read()
        if self._lacks(wanted, entity):
            entity = self.read()  # the last read may be out of date
        if self._lacks(wanted, entity):
            entity = unit_in(self.put({})) or {}  # an update may show what no read shows
        return entity

    @staticmethod
    def _has(wanted: Mapping[str, Mapping[str, Any] | None], entity: UnitState) -> bool:
        """Whether a unit has exactly the wanted components, with the wanted settings."""
        for component in COMPONENTS:
            stored, expected = settings_in(entity, component), wanted.get(component) or {}
            if not expected.items() <= stored.items() or bool(expected) != bool(stored):
                return False
        return True

    @staticmethod
    def _lacks(wanted: Mapping[str, Mapping[str, Any] | None], entity: UnitState) -> bool:
        """Whether a unit lacks a wanted component, or has another one."""
        return any(
            bool(wanted.get(component)) != (component_of(entity, component) is not None) for component in COMPONENTS
        )

    def _change_each(self, wanted: Mapping[str, Mapping[str, Any] | None], entity: UnitState) -> None:
        for component in COMPONENTS:
            if wanted.get(component) or component_of(entity, component) is not None:
                self.put({component: dict(wanted.get(component) or {})})

    def _change_to_other_settings(self, wanted: Mapping[str, Mapping[str, Any] | None], entity: UnitState) -> None:
        for component in COMPONENTS:
            if wanted.get(component) and component_of(entity, component) is None:
                self.put({component: dict(_PLAIN_SETTINGS[component])})
        self.put({component: dict(values) for component, values in wanted.items() if values})

    def _create_governance(self, wanted: Mapping[str, Mapping[str, Any] | None], entity: UnitState) -> None:
        """Delete the governance, and create it with the wanted components."""
        serves = self.target.serves
        if serves(DELETE_GOVERNANCE) and any(component_of(entity, component) is not None for component in COMPONENTS):
            self.target.call(DELETE_GOVERNANCE, path=self.path)
        if not any(wanted.values()):
            return
        if serves(CREATE_GOVERNANCE):
            body = {component: dict(values) for component, values in wanted.items() if values}
            if self.create_governance(body).ok:
                return
            plain = {component: _PLAIN_SETTINGS[component] for component in body}
            if self.create_governance(plain).ok:
                return
        if serves(UPDATE_GOVERNANCE):
            self._change_each(wanted, entity)


def require_unit_in(exchange: Exchange) -> UnitState:
    """Return the business unit in the response to a read.

    Raises:
        Blocked: the read failed, or its response is not an object.
    """
    entity = unit_in(exchange)
    if not exchange.ok or entity is None:
        raise Blocked(f"the business unit cannot be read ({exchange.outcome})", exchange)
    return entity


def other_component(component: str) -> str:
    """Return ``rate_limit`` for ``budget``, and the reverse."""
    return next(other for other in COMPONENTS if other != component)


def component_of(entity: Mapping[str, Any] | None, component: str) -> dict[str, Any] | None:
    """Return a component of a business unit, or None if it is absent or null."""
    value = entity.get(component) if entity else None
    return value if isinstance(value, dict) else None


def settings_in(entity: Mapping[str, Any] | None, component: str) -> dict[str, Any]:
    """Return the settings of a component of a business unit, as ``settings_of`` does; none if it is absent."""
    return settings_of(component, component_of(entity, component))
