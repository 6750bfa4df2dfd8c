"""Business units and teams as the contract's response schemas show them. Unset components are absent, never null."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from mock_server.domain.model import Budget, BusinessUnit, Counter, RateLimit, Team

Json = dict[str, Any]


@lru_cache(maxsize=4096)  # most timestamps are rendered many times
def timestamp(instant: datetime) -> str:
    """Return a datetime in UTC as RFC 3339 with microseconds."""
    return instant.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def budget_json(budget: Budget) -> Json:
    """Contract: /components/schemas/Budget."""
    return {
        "id": budget.id,
        "max_limit": budget.max_limit,
        "reset_duration": budget.reset_duration,
        "calendar_aligned": budget.calendar_aligned,
        "last_reset": timestamp(budget.window.last_reset),
        "current_usage": budget.window.usage,
        "config_hash": budget.config_hash,
        "created_at": timestamp(budget.created_at),
        "updated_at": timestamp(budget.updated_at),
    }


def rate_limit_json(rate_limit: RateLimit) -> Json:
    """Contract: /components/schemas/RateLimit."""
    shown: Json = {"id": rate_limit.id}
    _show_counter(shown, "token", rate_limit.token)
    _show_counter(shown, "request", rate_limit.request)
    shown["config_hash"] = rate_limit.config_hash
    shown["created_at"] = timestamp(rate_limit.created_at)
    shown["updated_at"] = timestamp(rate_limit.updated_at)
    return shown


def _show_counter(shown: Json, kind: str, counter: Counter) -> None:
    if counter.max_limit is not None:
        shown[f"{kind}_max_limit"] = counter.max_limit
    if counter.reset_duration is not None:
        shown[f"{kind}_reset_duration"] = counter.reset_duration
    shown[f"{kind}_current_usage"] = counter.window.usage
    shown[f"{kind}_last_reset"] = timestamp(counter.window.last_reset)


def list_item_json(unit: BusinessUnit, team_count: int) -> Json:
    """Contract: /components/schemas/BusinessUnitListItem."""
    return {"id": unit.id, "name": unit.name, "team_count": team_count} | _stamps(unit)


def detail_json(unit: BusinessUnit, team_count: int) -> Json:
    """Contract: /components/schemas/BusinessUnitDetailResponse."""
    shown: Json = {"id": unit.id, "name": unit.name, "team_count": team_count}
    if unit.budget is not None:
        shown["budget"] = budget_json(unit.budget)
    if unit.rate_limit is not None:
        shown["rate_limit"] = rate_limit_json(unit.rate_limit)
    return shown | _stamps(unit)


def unit_json(unit: BusinessUnit) -> Json:
    """Contract: /components/schemas/BusinessUnit, the complete unit."""
    shown: Json = {"id": unit.id, "name": unit.name, "config_hash": "", **unit.attributes}
    if unit.budget is not None:
        shown["budget_id"] = unit.budget.id
        shown["budget"] = budget_json(unit.budget)
    if unit.rate_limit is not None:
        shown["rate_limit_id"] = unit.rate_limit.id
        shown["rate_limit"] = rate_limit_json(unit.rate_limit)
    return shown | _stamps(unit)


def team_json(team: Team) -> Json:
    """Contract: /components/schemas/Team."""
    return {"id": team.id, "name": team.name}


def _stamps(unit: BusinessUnit) -> Json:
    return {"created_at": timestamp(unit.created_at), "updated_at": timestamp(unit.updated_at)}
