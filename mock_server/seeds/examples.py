"""The examples of a contract as a seed document: business units and teams of a demo system.

The examples show one system at the time `x-demo.as_of`. All times are shifted so that this time becomes `now`. What
cannot be used is reported with its place in the contract.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mock_server.contract.document import CALENDAR_ALIGNMENT, Contract, ContractError, unsupported
from mock_server.contract.pointers import pointer_of
from mock_server.domain.representations import timestamp
from mock_server.seeds.reader import SeedError, SeedReader, schema_path
from mock_server.seeds.state import NewId, State

Example = tuple[str, Any]
"""The place of an example, or of a part of it, in the contract, and its value."""
_COMPONENTS = ("budget", "rate_limit")


def example_state(reader: SeedReader, now: datetime, new_id: NewId) -> State:
    """Return the state of the demo system at `now`; raises ContractError if the examples are not usable.

    The rehearsal of the mock compares what the mock would show with the contract.
    """
    examples = _Examples(reader.contract, now)
    try:
        return reader.records(examples.document, now, new_id)
    except SeedError as error:
        place = examples.place(error.path)
        if error.path[-1:] == ("calendar_aligned",):
            raise unsupported(CALENDAR_ALIGNMENT, "units", f"at {place}, {error.reason}") from None
        raise _unusable(place, error.reason) from None


def _unusable(pointer: str, reason: str) -> ContractError:
    return ContractError(f"the examples of the contract are not usable as demo data: {pointer}: {reason}")


class _Examples:
    """The seed document of a contract's examples."""

    def __init__(self, contract: Contract, now: datetime) -> None:
        """Make the document."""
        self._contract = contract
        self._members = json.loads(schema_path().read_bytes())["$defs"]
        self._places: dict[tuple[str | int, ...], str] = {}
        """The places in the contract of the parts of the document."""
        demo = contract.at("/x-demo")
        as_of = _instant(_member("/x-demo", demo, "as_of"))
        if as_of is None:
            raise _unusable("/x-demo/as_of", "not a timestamp with a time zone")
        self._shift = now - as_of
        units = dict(self._units())
        self._place("/x-demo/unassigned_teams", "teams")
        self.document: dict[str, Any] = {
            "business_units": [self._unit(index, *unit) for index, unit in enumerate(units.values())],
            "teams": self._teams(_member("/x-demo", demo, "unassigned_teams")),
        }
        self._add_attributes()
        self._add_teams(list(units))

    def place(self, path: tuple[str | int, ...]) -> str:
        """Return the place in the contract of a place in the document."""
        known = max((part for part in self._places if path[: len(part)] == part), key=len, default=())
        return f"{self._places.get(known, '')}{pointer_of(path[len(known) :])}"

    def _place(self, pointer: str, *path: str | int) -> None:
        self._places[path] = pointer

    def _of(self, operation_id: str) -> Iterator[tuple[str, Example]]:
        """Yield name, place and value of the examples of the operation's success, if the contract has it."""
        operation = self._contract.operations.get(operation_id)
        response = operation.response(operation.success) if operation else None
        if response is not None:
            for name, value in response.examples.items():
                yield name, (response.example_pointers[name], value)

    def _units(self) -> Iterator[tuple[str, Example]]:
        """Yield the units by the names of their examples, or those in lists, by identifier, if no unit can be read."""
        if "getBusinessUnit" in self._contract.operations:
            yield from self._of("getBusinessUnit")
            return
        for _, (pointer, example) in self._of("listBusinessUnits"):
            for index, unit in enumerate(_member(pointer, example, "business_units")):
                place = f"{pointer}/business_units/{index}"
                yield _member(place, unit, "id"), (place, unit)

    def _unit(self, index: int, pointer: str, example: Any) -> dict[str, Any]:
        self._place(pointer, "business_units", index)
        _member(pointer, example, "id")
        unit = self._copied("BusinessUnit", example)
        for name, schema in zip(_COMPONENTS, ("Budget", "RateLimit"), strict=True):
            component = example.get(name)
            if isinstance(component, Mapping):
                unit[name] = self._copied(schema, component) | {"config_hash": component.get("config_hash")}
                if component.get("calendar_aligned"):
                    unit[name].pop("last_reset", None)  # the reader uses the start of the calendar period
        return unit

    def _copied(self, schema: str, example: Mapping[str, Any]) -> dict[str, Any]:
        """Return the members that a seed document has, with shifted times."""
        members = self._members[schema]["properties"]
        copied = {name: value for name, value in example.items() if name in members and value is not None}
        for name, member in members.items():
            instant = _instant(copied.get(name)) if member.get("$ref") == "#/$defs/Instant" else None
            if instant is not None:
                copied[name] = timestamp(instant + self._shift)
        return copied

    def _teams(self, examples: Any) -> Any:
        if not isinstance(examples, list):
            return examples  # the reader refuses it
        return [self._copied("Team", team) if isinstance(team, Mapping) else team for team in examples]

    def _add_attributes(self) -> None:
        """Add the members that only the complete unit has, which responses to updates show."""
        units = {unit["id"]: (index, unit) for index, unit in enumerate(self.document["business_units"])}
        members = self._members["BusinessUnit"]["properties"]
        modelled = {*members, *members["attributes"]["propertyNames"]["not"]["enum"]}
        for _, (pointer, example) in self._of("updateBusinessUnitGovernance"):
            complete = _member(pointer, example, "business_unit")
            unit_id = _member(f"{pointer}/business_unit", complete, "id")
            if unit_id in units:
                index, unit = units[unit_id]
                unit["attributes"] = {name: value for name, value in complete.items() if name not in modelled}
                self._place(f"{pointer}/business_unit", "business_units", index, "attributes")

    def _add_teams(self, names: list[str]) -> None:
        """Add the teams of the unit whose example has the same name.

        Without getBusinessUnit, no example has the name of a unit, so that no team belongs to one.
        """
        if "getBusinessUnit" not in self._contract.operations:
            return
        for name, (pointer, example) in self._of("listBusinessUnitTeams"):
            if name not in names:
                raise _unusable(pointer, f"no example of getBusinessUnit has the name {name!r}")
            index = names.index(name)
            self.document["business_units"][index]["teams"] = self._teams(_member(pointer, example, "teams"))
            self._place(f"{pointer}/teams", "business_units", index, "teams")


def _member(pointer: str, value: Any, name: str) -> Any:
    """Return a member of an object at a place; raises ContractError if there is none."""
    if not isinstance(value, Mapping) or name not in value:
        raise _unusable(pointer, f"no object with the member {name!r}")
    return value[name]


def _instant(text: Any) -> datetime | None:
    """Return a timestamp with a time zone; None for anything else."""
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return instant if instant.tzinfo else None
