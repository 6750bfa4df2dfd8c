"""Seed documents: the state of the mock as YAML or JSON, described by `seed.schema.json`.

A document is read in three steps: against its schema, into the records of the domain, and against the contract, which
the responses of the mock must match. Each error has the place in the document as a JSON pointer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs

from mock_server.contract import yaml12
from mock_server.contract.document import Contract, default_path
from mock_server.contract.pointers import pointer_of
from mock_server.contract.validation import Validation, brief
from mock_server.domain.model import Budget, BusinessUnit, CalendarRules, Counter, RateLimit, Team, Window, current
from mock_server.domain.periods import DurationError, calendar_start, nanoseconds
from mock_server.domain.representations import detail_json, team_json, timestamp, unit_json
from mock_server.errors import StartError
from mock_server.seeds.state import NewId, SeedAt, State

Token = str | int
_UPDATES = ("updateBusinessUnitGovernance", "createBusinessUnitGovernance")


def schema_path() -> Path:
    """Return the path of the JSON Schema of seed documents."""
    return default_path().with_name("seed.schema.json")


def demo_path() -> Path:
    """Return the path of the demo data of the packaged contract."""
    return default_path().with_name("demo.yaml")


def seed_or_demo(
    seed: Path | Mapping[str, Any] | None, *, is_packaged_contract: bool
) -> Path | Mapping[str, Any] | None:
    """Return a seed; without one, the demo data for the packaged contract, and None for the examples of another one."""
    return demo_path() if seed is None and is_packaged_contract else seed


class SeedError(Exception):
    """A document that cannot be used: why, and the path to the place."""

    def __init__(self, reason: str, *path: Token) -> None:
        """Name the reason and the place."""
        super().__init__(reason)
        self.reason, self.path = brief(reason), path

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer (RFC 6901)."""
        return pointer_of(self.path)


class SeedReader:
    """Reads seed documents for one contract."""

    def __init__(self, contract: Contract, validation: Validation) -> None:
        """Compile the schema."""
        self.contract, self._validation = contract, validation
        self._rules = CalendarRules(*contract.calendar_alignment())
        schema = json.loads(schema_path().read_bytes())
        self._schema = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)

    def state(self, document: Any, now: datetime, new_id: NewId) -> State:
        """Return the state of a document at a time; raises SeedError, also for what the contract does not allow."""
        state = self.records(document, now, new_id)
        for index, unit in enumerate(state.units):
            self._check(unit, now, ("business_units", index))
        for team, place in zip(state.teams, _team_places(document), strict=True):
            self.check_team(team, *place)
        return state

    def records(self, document: Any, now: datetime, new_id: NewId) -> State:
        """Return the state of a document at a time; raises SeedError if the document itself is not usable."""
        error = next(self._schema.iter_errors(document), None)
        if error is not None:
            is_time = list(error.schema_path)[-1:] == ["anyOf"]
            raise SeedError(_no_time(error.instance) if is_time else error.message, *error.instance_path)
        reading = _Reading(now, new_id, self._rules)
        units, teams, rates = [], [], {}
        for index, node in enumerate(document["business_units"]):
            unit = reading.unit(node, ("business_units", index))
            units.append(unit)
            teams += [reading.team(team, unit.id) for team in node.get("teams", ())]
            if "meter" in node:
                rates[unit.id] = node["meter"]
        teams += [reading.team(team) for team in document.get("teams", ())]
        _refuse_duplicates(document, units, teams)
        return State(units, teams, rates)

    def read(self, path: Path) -> SeedAt:
        """Return a function that makes the state of a file at a time.

        Raises:
            StartError: the file cannot be read or used; the message has line and place.
        """
        text, document = yaml12.read_file(path, "the seed file")
        return self._later(document, f"the seed file {path}", lambda error: yaml12.where(text, error.path))

    def given(self, document: Mapping[str, Any]) -> SeedAt:
        """Return a function that makes the state of a document at a time; it raises StartError as for a file."""
        return self._later(document, "the seed", lambda error: error.pointer or "the document")

    def _later(self, document: Mapping[str, Any], name: str, where: Callable[[SeedError], str]) -> SeedAt:
        def state(now: datetime, new_id: NewId) -> State:
            try:
                return self.state(document, now, new_id)
            except SeedError as error:
                raise StartError(f"{name} is not usable: {where(error)}: {error.reason}") from None

        return state

    def _check(self, unit: BusinessUnit, now: datetime, here: tuple[Token, ...]) -> None:
        """Raise SeedError if the contract does not allow the unit, or a request that would create it."""
        shown = current(unit, now)
        complete = {"message": "x", "business_unit": unit_json(shown)}
        try:
            self._match_response("getBusinessUnit", detail_json(shown, 0), (), here)
            for name in _UPDATES:
                self._match_response(name, complete, ("business_unit",), here)
        except SeedError as error:
            member = error.path[len(here) : len(here) + 1]
            attributes = ("attributes",) if set(member) & unit.attributes.keys() else ()
            raise SeedError(error.reason, *here, *attributes, *error.path[len(here) :]) from None
        create = self.contract.operations.get("createBusinessUnit")
        if create is not None and create.body_pointer is not None:
            # Only the name is judged: another edition may require members that the mock does not keep.
            self._match(create.body_pointer, {"name": unit.name}, ("name",), (*here, "name"))

    def check_team(self, team: Team, *here: Token) -> None:
        """Raise SeedError if the contract does not allow the team in the list of teams."""
        body = {"teams": [team_json(team)], "total": 1, "page": 1, "limit": 1}
        self._match_response("listBusinessUnitTeams", body, ("teams", 0), here)

    def _match_response(self, name: str, body: Any, part: tuple[Token, ...], here: tuple[Token, ...]) -> None:
        """Raise SeedError if the success of an operation cannot have a part; here is the part in the document."""
        operation = self.contract.operations.get(name)
        declared = operation.response(operation.success) if operation is not None else None
        if declared is not None and declared.schema_pointer is not None:
            self._match(declared.schema_pointer, body, part, here)

    def _match(self, pointer: str, body: Any, part: tuple[Token, ...], here: tuple[Token, ...]) -> None:
        """Raise SeedError if a schema does not allow a part of a body; here is the part in the document."""
        for error in self._validation.errors(pointer, body):
            if error.path[: len(part)] == part:
                reason = f"the contract does not allow this: {error.message}"
                raise SeedError(reason, *here, *error.path[len(part) :])


class _Reading:
    """Makes the records of one document."""

    def __init__(self, now: datetime, new_id: NewId, rules: CalendarRules) -> None:
        self._now, self._new_id, self._rules = now, new_id, rules

    def unit(self, node: Mapping[str, Any], here: tuple[Token, ...]) -> BusinessUnit:
        created, updated = self._stamps(node, here, self._now)
        budget, rate_limit = node.get("budget"), node.get("rate_limit")
        return BusinessUnit(
            id=self._id(node),
            name=node["name"],
            created_at=created,
            updated_at=updated,
            budget=None if budget is None else self._budget(budget, (*here, "budget"), created),
            rate_limit=None if rate_limit is None else self._rate_limit(rate_limit, (*here, "rate_limit"), created),
            attributes=node.get("attributes", {}),
        )

    def team(self, node: Mapping[str, Any], unit_id: str | None = None) -> Team:
        return Team(self._id(node), node["name"], unit_id)

    def _id(self, node: Mapping[str, Any]) -> str:
        return str(node["id"]) if "id" in node else self._new_id()

    def _stamps(self, node: Mapping[str, Any], here: tuple[Token, ...], default: datetime) -> tuple[datetime, datetime]:
        created = self._instant(node, "created_at", here, default)
        return created, self._instant(node, "updated_at", here, created)

    def _instant(self, node: Mapping[str, Any], name: str, here: tuple[Token, ...], default: datetime) -> datetime:
        text = node.get(name)
        if text is None:
            return default
        try:
            if text == "now":
                return self._now
            if text.startswith("-"):
                return self._now - timedelta(microseconds=nanoseconds(text[1:]) // 1000)
            return datetime.fromisoformat(text.upper()).astimezone(UTC)  # T and Z may be lower case
        except (ValueError, OverflowError):  # DurationError is a ValueError
            raise SeedError(_no_time(text), *here, name) from None

    def _budget(self, node: Mapping[str, Any], here: tuple[Token, ...], owner_created: datetime) -> Budget:
        created, updated = self._stamps(node, here, owner_created)
        duration, aligned = node["reset_duration"], node.get("calendar_aligned", False)
        _check_duration(duration, *here, "reset_duration")
        if aligned and duration[-1] not in self._rules.time_units:
            raise SeedError(f"a budget with the duration {duration} cannot be aligned", *here, "calendar_aligned")
        begin = calendar_start(self._now, duration) if aligned else self._now
        return Budget(
            id=self._id(node),
            max_limit=node["max_limit"],
            reset_duration=duration,
            calendar_aligned=aligned,
            window=self._window(node, here, "", begin),
            config_hash=node.get("config_hash", ""),
            created_at=created,
            updated_at=updated,
        )

    def _rate_limit(self, node: Mapping[str, Any], here: tuple[Token, ...], owner_created: datetime) -> RateLimit:
        created, updated = self._stamps(node, here, owner_created)
        token, request = (self._counter(node, here, kind) for kind in ("token", "request"))
        return RateLimit(
            id=self._id(node),
            token=token,
            request=request,
            config_hash=node.get("config_hash", ""),
            created_at=created,
            updated_at=updated,
        )

    def _counter(self, node: Mapping[str, Any], here: tuple[Token, ...], kind: str) -> Counter:
        limit, duration = node.get(f"{kind}_max_limit"), node.get(f"{kind}_reset_duration")
        if duration is not None:
            _check_duration(duration, *here, f"{kind}_reset_duration")
        window = self._window(node, here, f"{kind}_", self._now)
        whole = Window(int(window.usage), window.last_reset, window.since)  # 1.0 is an integer in JSON Schema
        return Counter(None if limit is None else int(limit), duration, whole)

    def _window(self, node: Mapping[str, Any], here: tuple[Token, ...], prefix: str, begin: datetime) -> Window:
        last_reset = self._instant(node, f"{prefix}last_reset", here, begin)
        since = self._instant(node, f"{prefix}period_start", here, last_reset)
        return Window(node.get(f"{prefix}current_usage", 0), last_reset, since)


def _no_time(value: Any) -> str:
    return f"not a time of RFC 3339, `now`, or a length of time before now such as -3d: {value!r}"


def _check_duration(duration: str, *path: Token) -> None:
    try:
        nanoseconds(duration)
    except DurationError as error:
        raise SeedError(str(error), *path) from None


def _refuse_duplicates(document: Mapping[str, Any], units: Sequence[BusinessUnit], teams: Sequence[Team]) -> None:
    places = list(_team_places(document))
    for what, values, paths in (
        ("unit", [unit.id for unit in units], [("business_units", index, "id") for index in range(len(units))]),
        ("unit", [unit.name for unit in units], [("business_units", index, "name") for index in range(len(units))]),
        ("team", [team.id for team in teams], [(*place, "id") for place in places]),
    ):
        seen: set[str] = set()
        for value, path in zip(values, paths, strict=True):
            if value in seen:
                raise SeedError(f"a {what} before this one has the {path[-1]} {value!r}", *path)
            seen.add(value)


def _team_places(document: Mapping[str, Any]) -> Iterator[tuple[Token, ...]]:
    for unit, node in enumerate(document["business_units"]):
        yield from (("business_units", unit, "teams", index) for index in range(len(node.get("teams", ()))))
    yield from (("teams", index) for index in range(len(document.get("teams", ()))))


def document_of(state: State) -> dict[str, Any]:
    """Return the seed document of a state. Times are absolute."""
    of_unit: dict[str | None, list[dict[str, Any]]] = {}
    for team in state.teams:
        of_unit.setdefault(team.unit_id, []).append(team_json(team))
    units = [_unit_node(unit, state.rates.get(unit.id), of_unit.get(unit.id)) for unit in state.units]
    return {"business_units": units, "teams": of_unit.get(None, [])}


def _unit_node(unit: BusinessUnit, rates: Any, teams: Any) -> dict[str, Any]:
    shown = detail_json(unit, 0)
    node: dict[str, Any] = {name: shown[name] for name in ("id", "name", "created_at", "updated_at")}
    if unit.budget is not None:
        node["budget"] = shown["budget"] | _period("", unit.budget.window)
    if unit.rate_limit is not None:
        token, request = unit.rate_limit.token.window, unit.rate_limit.request.window
        node["rate_limit"] = shown["rate_limit"] | _period("token_", token) | _period("request_", request)
    optional = {"attributes": dict(unit.attributes), "meter": rates and dict(rates), "teams": teams}
    return node | {name: value for name, value in optional.items() if value}


def _period(prefix: str, window: Window) -> dict[str, str]:
    return {} if window.since == window.last_reset else {f"{prefix}period_start": timestamp(window.since)}
