"""Business units to work on: own ones, created and deleted again, or the one that the user named."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .credentials import Credential
from .exchange import Exchange
from .target import Target, Unreachable

COMPONENTS = ("budget", "rate_limit")
_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "budget": ("max_limit", "reset_duration", "calendar_aligned"),
    "rate_limit": ("token_max_limit", "token_reset_duration", "request_max_limit", "request_reset_duration"),
}
ATTEMPTS_AT_A_LATER_TIMESTAMP = 400
"""More changes than an implementation makes in a second, for timestamps in whole seconds."""
Governance = dict[str, Any]


class Unusable(RuntimeError):
    """The target answers, but cannot be judged: wrong key, no such API, nothing to judge on."""


class Blocked(Exception):
    """The starting state of a rule could not be made, so that the rule cannot be judged."""

    def __init__(self, reason: str, exchange: Exchange) -> None:
        """Say what could not be made, and the exchange that shows it."""
        super().__init__(reason)
        self.exchange = exchange


def settings(component: str, entity: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a client may set of a component: limits, durations, alignment; unset ones left out.

    ``calendar_aligned`` counts as false where it is absent, its default in the contract.
    """
    if entity is None:
        return {}
    found = {name: entity[name] for name in _SETTINGS[component] if entity.get(name) is not None}
    if component == "budget":
        found.setdefault("calendar_aligned", False)
    return found


def instant(text: Any) -> datetime | None:
    """Return a timestamp (RFC 3339) as an instant; None for anything else."""
    try:
        parsed = datetime.fromisoformat(text.upper())  # T and Z may be in lower case, too
    except (AttributeError, TypeError, ValueError):
        return None
    return parsed if parsed.tzinfo else None


@dataclass(frozen=True)
class Unit:
    """One business unit on a target."""

    target: Target
    id: str
    name: str | None
    """None where the target does not tell it."""

    @property
    def path(self) -> dict[str, str]:
        """The path parameters of operations on this unit."""
        return {"id": self.id}

    def put(self, body: Any = None, *, raw: bytes | None = None, credential: Credential | None = None) -> Exchange:
        """Send an update of the governance."""
        return self.target.call("updateBusinessUnitGovernance", body, raw=raw, path=self.path, credential=credential)

    def look(self) -> Exchange:
        """Read the unit: with GET where that is served, else with an update that changes nothing."""
        if self.target.serves("getBusinessUnit"):
            return self.target.call("getBusinessUnit", path=self.path)
        return self.put({})

    def read(self) -> Governance:
        """Return the unit as a later read shows it.

        Raises:
            Blocked: the read is refused, or shows no object.
        """
        return shown(self.look())

    def establish(self, **wanted: Mapping[str, Any] | None) -> Governance:
        """Bring the unit into a state and return what a read shows then.

        Args:
            wanted: ``budget`` and ``rate_limit``: complete settings, or None for none.

        Raises:
            Blocked: the target refuses, or a read shows another state.
        """
        exchange = self.put({name: dict(wanted.get(name) or {}) for name in COMPONENTS})
        if not exchange.ok:
            # A target may refuse to remove what is not there; a rule of its own judges that.
            there = self.read()
            exchange = self.put(
                {name: dict(wanted.get(name) or {}) for name in COMPONENTS if wanted.get(name) or name in there}
            )
        if not exchange.ok:
            raise Blocked(f"a permitted starting state is refused ({exchange.outcome})", exchange)
        entity = self.read()
        for name in COMPONENTS:
            shown = settings(name, component(entity, name))
            if not set((wanted.get(name) or {}).items()) <= set(shown.items()) or bool(wanted.get(name)) != bool(shown):
                raise Blocked(f"the starting state is not shown by a read: {name} is {shown or 'absent'}", exchange)
        return entity


def shown(exchange: Exchange) -> Governance:
    """Return the business unit that an answer shows.

    Raises:
        Blocked: it is a refusal, or shows no object.
    """
    entity = entity_of(exchange)
    if not exchange.ok or entity is None:
        raise Blocked(f"the business unit cannot be read ({exchange.outcome})", exchange)
    return entity


def entity_of(exchange: Exchange) -> Governance | None:
    """Return the business unit in a response, wrapped (governance operations) or flat (getBusinessUnit)."""
    body = exchange.member()
    if not isinstance(body, dict):
        return None
    entity = body.get("business_unit", body)
    return entity if isinstance(entity, dict) else None


def component(entity: Mapping[str, Any] | None, name: str) -> dict[str, Any] | None:
    """Return a component of a business unit; None where it is absent (or null)."""
    value = entity.get(name) if entity else None
    return value if isinstance(value, dict) else None


class Units:
    """Creates business units for the rules and puts everything back afterwards."""

    def __init__(self, target: Target, named: Sequence[str] = (), prefix: str | None = None) -> None:
        """Work on a target.

        Args:
            target: where.
            named: the business units that the user named: none, one, or one and a spare one.
            prefix: how the names of own units begin; random where it is None.
        """
        self._target = target
        self._named = tuple(named)
        # Not from the seed: what an earlier run with it left behind must not be in this one's way.
        self._prefix = prefix or f"governance-contract-{secrets.token_hex(4)}"
        self._count = 0
        self._own: dict[str, str] = {}
        self._originals: dict[str, Governance] = {}
        self.lent_team: str | None = None
        """A team that is in the named unit for a while."""

    @property
    def prefix(self) -> str:
        """How the names of this run's own units begin; random."""
        return self._prefix

    def new_name(self) -> str:
        """Return a name that no unit has."""
        self._count += 1
        return f"{self._prefix}-{self._count}"

    def create(self, name: str | None = None) -> Unit:
        """Create a business unit that is deleted at the end.

        Raises:
            Blocked: the target refuses.
        """
        exchange = self._target.call("createBusinessUnit", {"name": name or self.new_name()})
        unit = self.adopt(exchange)
        if unit is None:
            raise Blocked(f"no business unit could be created ({exchange.outcome})", exchange)
        return unit

    def adopt(self, exchange: Exchange) -> Unit | None:
        """Remember the unit that a createBusinessUnit made, if it did, so that it is deleted at the end."""
        unit_id = exchange.member("id")
        if not exchange.ok or not isinstance(unit_id, str) or not unit_id:
            return None
        name = exchange.member("name")
        self._own[unit_id] = str(name)
        return Unit(self._target, unit_id, name if isinstance(name, str) else None)

    def forget(self, unit: Unit) -> None:
        """Delete an own unit now; a unit that is gone already is fine."""
        if self._own.pop(unit.id, None) is not None:
            self._target.call("deleteBusinessUnit", path=unit.path)

    def named(self) -> Unit:
        """Return the business unit that the user named.

        Raises:
            Unusable: the user named none.
        """
        if not self._named:
            raise Unusable("no business unit is named with --business-unit")
        return Unit(self._target, self._named[0], None)

    def spare(self) -> Unit | None:
        """Return the second unit that the user named, if any: what is done to it spares the usage of the first."""
        return Unit(self._target, self._named[1], None) if self._named[1:] else None

    def remember(self, unit_id: str, look: Exchange) -> Governance:
        """Note the governance of a named unit as a look at it shows it, to restore it at the end, and return it.

        Raises:
            Blocked: it shows no unit.
        """
        self._originals[unit_id] = shown(look)
        return self._originals[unit_id]

    @property
    def original(self) -> Governance | None:
        """The named unit as it was at the beginning of the run, where it was read."""
        return self._originals.get(self._named[0]) if self._named else None

    def clean_up(self) -> list[str]:
        """Delete the own units, restore the named ones, and return in words what could not be done."""
        left = []
        self._find_strays()
        for unit_id, name in list(self._own.items()):
            try:
                status = self._target.call("deleteBusinessUnit", path={"id": unit_id}).status
            except Unreachable:
                status = None
            if status not in (200, 204, 404):
                left.append(f"business unit {name} ({unit_id}) could not be deleted")
            else:
                del self._own[unit_id]
        if self.lent_team is not None:
            left += self._take_back(self.lent_team)
        for unit_id, original in self._originals.items():
            left += self._restore(unit_id, original)
        return left

    def _take_back(self, team: str) -> list[str]:
        try:
            path = {**self.named().path, "team_id": team}
            status = self._target.call("removeTeamFromBusinessUnit", path=path).status
        except Unreachable:
            status = None
        # 404, and 400 where the team is elsewhere: it is not there any more.
        done = status in (200, 204, 400, 404)
        return [] if done else [f"team {team} could not be removed from business unit {self.named().id}"]

    def _find_strays(self) -> None:
        """Find units of this run whose creation was cut off before its answer came."""
        if not self._target.serves("listBusinessUnits"):
            return
        try:
            listing = self._target.call("listBusinessUnits", query={"search": self._prefix, "limit": 100})
        except Unreachable:
            return
        for item in listing.entries("business_units"):
            if str(item.get("name", "")).startswith(self._prefix) and item.get("id"):
                self._own[item["id"]] = item["name"]

    def _restore(self, unit_id: str, original: Governance) -> list[str]:
        unit = Unit(self._target, unit_id, None)
        wanted = {name: settings(name, component(original, name)) for name in COMPONENTS}
        try:
            now = entity_of(unit.look())
            # A target may refuse to remove what is not there.
            body = {name: value for name, value in wanted.items() if value or component(now, name) is not None}
            restored = unit.put(body).ok
        except Unreachable:
            restored = False
        if restored:
            return []
        return [f"business unit {unit_id} could not be restored; its governance was {json.dumps(wanted)}"]
