"""The demo system: business units and teams from the contract's examples.

The examples show one system at the time `x-demo.as_of`. All times are shifted so that this time becomes `now`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mock_server.contract import Contract, ContractError
from mock_server.governance import Budget, BusinessUnit, Counter, RateLimit, Team, Window
from mock_server.periods import period_start

_OK = 200
_COMPONENTS = {"budget", "budget_id", "rate_limit", "rate_limit_id"}
_MODELLED = {"id", "name", "team_count", "created_at", "updated_at"} | _COMPONENTS


def demo_state(contract: Contract, now: datetime) -> tuple[list[BusinessUnit], list[Team]]:
    """Return units and teams of the demo system at `now`; raises ContractError if the examples are not usable."""
    try:
        shift = now - _instant(contract.at("/x-demo/as_of"))
        attributes = _attributes(contract)
        shown = _examples(contract, "getBusinessUnit")
        units = [_unit(example, attributes.get(example["id"], {}), shift, now) for example in shown.values()]
        return units, _teams(contract, shown)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ContractError(f"the contract's examples are not usable as demo data: {error!r}") from None


def _examples(contract: Contract, operation_id: str) -> Mapping[str, Any]:
    operation = contract.operations.get(operation_id)
    return operation.responses[_OK].examples if operation is not None else {}


def _attributes(contract: Contract) -> dict[str, dict[str, Any]]:
    """Return the members that only the complete unit has, by the unit's identifier."""
    shown = (example["business_unit"] for example in _examples(contract, "updateBusinessUnitGovernance").values())
    return {unit["id"]: {key: unit[key] for key in unit.keys() - _MODELLED} for unit in shown}


def _unit(example: Mapping[str, Any], attributes: Mapping[str, Any], shift: timedelta, now: datetime) -> BusinessUnit:
    budget, rate_limit = example.get("budget"), example.get("rate_limit")
    return BusinessUnit(
        id=example["id"],
        name=example["name"],
        created_at=_instant(example["created_at"]) + shift,
        updated_at=_instant(example["updated_at"]) + shift,
        budget=None if budget is None else _budget(budget, shift, now),
        rate_limit=None if rate_limit is None else _rate_limit(rate_limit, shift),
        attributes=attributes,
    )


def _budget(example: Mapping[str, Any], shift: timedelta, now: datetime) -> Budget:
    aligned = example.get("calendar_aligned", False)
    last_reset = _instant(example["last_reset"]) + shift
    if aligned:
        last_reset = period_start(now, example["reset_duration"])
    return Budget(
        id=example["id"],
        max_limit=example["max_limit"],
        reset_duration=example["reset_duration"],
        calendar_aligned=aligned,
        window=Window(example["current_usage"], last_reset, last_reset),
        config_hash=example["config_hash"],
        created_at=_instant(example["created_at"]) + shift,
        updated_at=_instant(example["updated_at"]) + shift,
    )


def _rate_limit(example: Mapping[str, Any], shift: timedelta) -> RateLimit:
    return RateLimit(
        id=example["id"],
        token=_counter(example, "token", shift),
        request=_counter(example, "request", shift),
        config_hash=example["config_hash"],
        created_at=_instant(example["created_at"]) + shift,
        updated_at=_instant(example["updated_at"]) + shift,
    )


def _counter(example: Mapping[str, Any], kind: str, shift: timedelta) -> Counter:
    last_reset = _instant(example[f"{kind}_last_reset"]) + shift
    return Counter(
        max_limit=example.get(f"{kind}_max_limit"),
        reset_duration=example.get(f"{kind}_reset_duration"),
        window=Window(example[f"{kind}_current_usage"], last_reset, last_reset),
    )


def _teams(contract: Contract, units: Mapping[str, Any]) -> list[Team]:
    """Return the teams of the unit whose example has the same name, then those without a unit."""
    assigned = [
        Team(team["id"], team["name"], units[name]["id"])
        for name, example in _examples(contract, "listBusinessUnitTeams").items()
        for team in example["teams"]
    ]
    return assigned + [Team(team["id"], team["name"]) for team in contract.at("/x-demo/unassigned_teams")]


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"no time zone in {text}")
    return instant.astimezone(UTC)
