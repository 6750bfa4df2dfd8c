"""The demo system: business units and teams from the contract's examples.

The examples show one system at the time `x-demo.as_of`. All times are shifted so that this time becomes `now`. What
cannot be used is reported with its place in the contract.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mock_server.contract.document import CALENDAR_ALIGNMENT, Contract, ContractError, unsupported
from mock_server.contract.pointers import escape
from mock_server.governance import Budget, BusinessUnit, Counter, Number, RateLimit, Team, Window
from mock_server.periods import DurationError, calendar_start, nanoseconds

_COMPONENTS = {"budget", "budget_id", "rate_limit", "rate_limit_id"}
_MODELLED = {"id", "name", "team_count", "created_at", "updated_at"} | _COMPONENTS


class _Node:
    """An object of the demo data and its place. Members of another type than expected raise ContractError."""

    def __init__(self, pointer: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            raise _wrong(pointer, "an object")
        self.pointer, self.value = pointer, value

    def __contains__(self, name: str) -> bool:
        return self.value.get(name) is not None

    def place(self, name: str) -> str:
        """Return where a member is."""
        return f"{self.pointer}/{escape(name)}"

    def node(self, name: str) -> _Node:
        """Return a member that is an object."""
        return _Node(self.place(name), self.value.get(name))

    def nodes(self, name: str) -> Iterator[_Node]:
        """Yield the objects of a member that is a list."""
        found = self.value.get(name)
        if not isinstance(found, list):
            raise _wrong(self.place(name), "a list")
        return (_Node(f"{self.place(name)}/{index}", one) for index, one in enumerate(found))

    def text(self, name: str) -> str:
        """Return a member that is text."""
        found = self.value.get(name)
        if not isinstance(found, str):
            raise _wrong(self.place(name), "text")
        return found

    def number(self, name: str) -> Number:
        """Return a member that is a number."""
        found = self.value.get(name)
        if not isinstance(found, (int, float)) or isinstance(found, bool):
            raise _wrong(self.place(name), "a number")
        return found

    def instant(self, name: str) -> datetime:
        """Return a member that is a timestamp with a time zone."""
        try:
            instant = datetime.fromisoformat(self.text(name))
        except ValueError:
            raise _wrong(self.place(name), "a timestamp") from None
        if instant.tzinfo is None:
            raise _wrong(self.place(name), "a timestamp with a time zone")
        return instant.astimezone(UTC)

    def duration(self, name: str) -> str:
        """Return a member that is a duration."""
        try:
            nanoseconds(self.text(name))
        except DurationError:
            raise _wrong(self.place(name), "a duration") from None
        return self.text(name)


def _wrong(pointer: str, expected: str) -> ContractError:
    return ContractError(f"the contract's demo data are not usable: there is not {expected} at {pointer}")


def demo_state(contract: Contract, now: datetime) -> tuple[list[BusinessUnit], list[Team]]:
    """Return units and teams of the demo system at `now`; raises ContractError if the examples are not usable."""
    demo = _Node("/x-demo", contract.at("/x-demo"))
    shift = now - demo.instant("as_of")
    aligned_units, _ = contract.calendar_alignment()
    attributes = _attributes(contract)
    shown = _shown(contract)
    units = [_unit(one, attributes.get(one.text("id"), {}), shift, now, aligned_units) for one in shown.values()]
    teams = _teams(contract, shown, demo)
    _refuse_duplicates(units, shown)
    return units, [team for team, _ in teams]


def _refuse_duplicates(units: list[BusinessUnit], shown: Mapping[str, _Node]) -> None:
    """Refuse two units with one identifier or one name."""
    for member in ("id", "name"):
        seen: set[str] = set()
        for unit, node in zip(units, shown.values(), strict=True):
            value: str = getattr(unit, member)
            if value in seen:
                raise _wrong(node.place(member), f"another {member} than {value!r}, which a unit before it has,")
            seen.add(value)


def _examples(contract: Contract, operation_id: str) -> dict[str, _Node]:
    """Return the examples of the operation's success by name; empty if the contract has no such operation."""
    operation = contract.operations.get(operation_id)
    response = operation.response(operation.success) if operation else None
    if response is None:
        return {}
    return {name: _Node(response.example_pointers[name], value) for name, value in response.examples.items()}


def _shown(contract: Contract) -> dict[str, _Node]:
    """Return the units by the names of their examples, or those in lists, by identifier, if no unit can be read."""
    if "getBusinessUnit" in contract.operations:
        return _examples(contract, "getBusinessUnit")
    lists = _examples(contract, "listBusinessUnits").values()
    return {unit.text("id"): unit for example in lists for unit in example.nodes("business_units")}


def _attributes(contract: Contract) -> dict[str, dict[str, Any]]:
    """Return the members that only the complete unit has, by the unit's identifier."""
    shown = [example.node("business_unit") for example in _examples(contract, "updateBusinessUnitGovernance").values()]
    return {
        unit.text("id"): {key: value for key, value in unit.value.items() if key not in _MODELLED} for unit in shown
    }


def _unit(
    example: _Node, attributes: Mapping[str, Any], shift: timedelta, now: datetime, aligned_units: frozenset[str]
) -> BusinessUnit:
    return BusinessUnit(
        id=example.text("id"),
        name=example.text("name"),
        created_at=example.instant("created_at") + shift,
        updated_at=example.instant("updated_at") + shift,
        budget=_budget(example.node("budget"), shift, now, aligned_units) if "budget" in example else None,
        rate_limit=_rate_limit(example.node("rate_limit"), shift) if "rate_limit" in example else None,
        attributes=attributes,
    )


def _budget(example: _Node, shift: timedelta, now: datetime, aligned_units: frozenset[str]) -> Budget:
    aligned, duration = example.value.get("calendar_aligned", False), example.duration("reset_duration")
    last_reset = example.instant("last_reset") + shift
    if not isinstance(aligned, bool):
        raise _wrong(example.place("calendar_aligned"), "a boolean")
    if aligned:
        if duration[-1] not in aligned_units:
            reason = f"the demo budget at {example.pointer} is aligned, with the duration {duration}"
            raise unsupported(CALENDAR_ALIGNMENT, "units", reason)
        last_reset = calendar_start(now, duration)
    return Budget(
        id=example.text("id"),
        max_limit=example.number("max_limit"),
        reset_duration=duration,
        calendar_aligned=aligned,
        window=Window(example.number("current_usage"), last_reset, last_reset),
        config_hash=_config_hash(example),
        created_at=example.instant("created_at") + shift,
        updated_at=example.instant("updated_at") + shift,
    )


def _config_hash(example: _Node) -> str | None:
    return example.text("config_hash") if "config_hash" in example else None


def _rate_limit(example: _Node, shift: timedelta) -> RateLimit:
    return RateLimit(
        id=example.text("id"),
        token=_counter(example, "token", shift),
        request=_counter(example, "request", shift),
        config_hash=_config_hash(example),
        created_at=example.instant("created_at") + shift,
        updated_at=example.instant("updated_at") + shift,
    )


def _counter(example: _Node, kind: str, shift: timedelta) -> Counter:
    limit, duration = f"{kind}_max_limit", f"{kind}_reset_duration"
    last_reset = example.instant(f"{kind}_last_reset") + shift
    return Counter(
        max_limit=int(example.number(limit)) if limit in example else None,
        reset_duration=example.duration(duration) if duration in example else None,
        window=Window(example.number(f"{kind}_current_usage"), last_reset, last_reset),
    )


def _teams(contract: Contract, units: Mapping[str, _Node], demo: _Node) -> list[tuple[Team, _Node]]:
    """Return the teams of the unit whose example has the same name, then those without a unit.

    Without getBusinessUnit, no example has the name of a unit, so that no team belongs to one.
    """
    found: list[tuple[Team, _Node]] = []
    lists = _examples(contract, "listBusinessUnitTeams") if "getBusinessUnit" in contract.operations else {}
    for name, example in lists.items():
        if name not in units:
            raise _wrong(example.pointer, f"the name of an example of getBusinessUnit, but {name!r},")
        unit_id = units[name].text("id")
        found += [(Team(team.text("id"), team.text("name"), unit_id), team) for team in example.nodes("teams")]
    found += [(Team(team.text("id"), team.text("name")), team) for team in demo.nodes("unassigned_teams")]
    seen: set[str] = set()
    for team, node in found:
        if team.id in seen:
            raise _wrong(node.place("id"), f"another id than {team.id!r}, which a team before it has,")
        seen.add(team.id)
    return found
