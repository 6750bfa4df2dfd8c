"""Business units as JSON documents, the form in which files and databases keep them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from mock_server.domain.model import Budget, BusinessUnit, Counter, RateLimit, Window

_encode = json.JSONEncoder(separators=(",", ":")).encode
_instant = datetime.fromisoformat


def encode(unit: BusinessUnit) -> str:
    """Return the unit as JSON in ASCII. Numbers keep their type; every time is ISO 8601 in UTC."""
    budget, rate_limit = unit.budget, unit.rate_limit
    return _encode(
        {
            "id": unit.id,
            "name": unit.name,
            "stamps": _stamps(unit),
            "attributes": unit.attributes,
            "budget": None if budget is None else _budget(budget),
            "rate_limit": None if rate_limit is None else _rate_limit(rate_limit),
        }
    )


def _stamps(part: BusinessUnit | Budget | RateLimit) -> list[str]:
    return [part.created_at.isoformat(), part.updated_at.isoformat()]


def _window(window: Window) -> list[Any]:
    return [window.usage, window.last_reset.isoformat(), window.since.isoformat()]


def _budget(budget: Budget) -> dict[str, Any]:
    return {
        "id": budget.id,
        "max_limit": budget.max_limit,
        "reset_duration": budget.reset_duration,
        "calendar_aligned": budget.calendar_aligned,
        "window": _window(budget.window),
        "config_hash": budget.config_hash,
        "stamps": _stamps(budget),
    }


def _rate_limit(rate_limit: RateLimit) -> dict[str, Any]:
    return {
        "id": rate_limit.id,
        "token": _counter(rate_limit.token),
        "request": _counter(rate_limit.request),
        "config_hash": rate_limit.config_hash,
        "stamps": _stamps(rate_limit),
    }


def _counter(counter: Counter) -> list[Any]:
    return [counter.max_limit, counter.reset_duration, _window(counter.window)]


def decode(document: str) -> BusinessUnit:
    """Return the unit of a document that `encode` has made."""
    read = json.loads(document)
    budget, rate_limit = read["budget"], read["rate_limit"]
    created_at, updated_at = map(_instant, read["stamps"])
    return BusinessUnit(
        id=read["id"],
        name=read["name"],
        created_at=created_at,
        updated_at=updated_at,
        budget=None if budget is None else _read_budget(budget),
        rate_limit=None if rate_limit is None else _read_rate_limit(rate_limit),
        attributes=read["attributes"],
    )


def _read_window(read: list[Any]) -> Window:
    return Window(read[0], _instant(read[1]), _instant(read[2]))


def _read_budget(read: dict[str, Any]) -> Budget:
    created_at, updated_at = map(_instant, read["stamps"])
    return Budget(
        id=read["id"],
        max_limit=read["max_limit"],
        reset_duration=read["reset_duration"],
        calendar_aligned=read["calendar_aligned"],
        window=_read_window(read["window"]),
        config_hash=read["config_hash"],
        created_at=created_at,
        updated_at=updated_at,
    )


def _read_rate_limit(read: dict[str, Any]) -> RateLimit:
    token, request = (
        Counter(counter[0], counter[1], _read_window(counter[2])) for counter in (read["token"], read["request"])
    )
    created_at, updated_at = map(_instant, read["stamps"])
    return RateLimit(
        id=read["id"],
        token=token,
        request=request,
        config_hash=read["config_hash"],
        created_at=created_at,
        updated_at=updated_at,
    )
