"""JSON values of records and errors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from .messages import Json
from .model import Budget, RateLimit, Team, Unit
from .periods import SECOND
from .settings import Settings

_FRENCH = {
    200: "C'est fait", 400: "Demande incorrecte", 401: "Accès refusé", 403: "Accès refusé", 404: "Introuvable",
    405: "Méthode non permise", 409: "Conflit", 413: "Demande trop grande",
    415: "Type inconnu", 501: "Inconnu", 429: "Patience", 500: "Panne",
}  # fmt: skip


class Views:
    """Turns records into JSON values."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def instant(self, instant: int) -> Any:
        """Return a date-time (RFC 3339)."""
        style = self.settings.timestamp
        zone = dt.timezone(dt.timedelta(hours=5, minutes=30)) if style == "offset" else dt.UTC
        whole, fraction = divmod(instant, SECOND)
        text = dt.datetime.fromtimestamp(whole, zone).strftime("%Y-%m-%dT%H:%M:%S")
        if style != "seconds":
            text += f".{fraction // 1_000_000:03d}" if style == "milliseconds" else f".{fraction:09d}"
        return text + {"offset": "+05:30", "zero-offset": "+00:00"}.get(style, "Z")

    def amount(self, dollars: float) -> Any:
        """Return a number of dollars, without a fraction if it is whole."""
        return int(dollars) if dollars.is_integer() and abs(dollars) < 2**53 else dollars

    def text(self, status: int, english: str) -> str:
        """Return a message in the language of the server."""
        return english if self.settings.wording == "english" else _FRENCH[status]

    def extended(self, view: Json) -> Json:
        """Return the object, with members that no schema names if the settings say so."""
        if not self.settings.extra_fields:
            return view
        return {"_links": {"self": "urn:example"}, **view, "x_edition": 7, "labels": [{"key": "region"}, None]}

    def config_hash(self) -> str | None:
        """Return the hash of a component that was not read from a configuration file."""
        return None if self.settings.null_config_hash else ""

    def budget(self, budget: Budget) -> Json:
        """Return a budget (contract: /components/schemas/Budget)."""
        view: Json = {
            "id": budget.id,
            "max_limit": self.amount(budget.max_limit),
            "reset_duration": budget.reset_duration,
            "calendar_aligned": budget.calendar_aligned,
            "last_reset": self.instant(budget.last_reset),
            "current_usage": self.amount(budget.current_usage),
            "config_hash": self.config_hash(),
            "created_at": self.instant(budget.created_at),
            "updated_at": self.instant(budget.updated_at),
        }
        if self.settings.false_alignment_omitted and not budget.calendar_aligned:
            del view["calendar_aligned"]
        return self.extended(view)

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        """Return a rate limit (contract: /components/schemas/RateLimit). Unset members are absent."""
        view: Json = {"id": rate_limit.id}
        for name, half in (("token", rate_limit.token), ("request", rate_limit.request)):
            sends_null = name == "request" and self.settings.null_optional_fields
            if half.max_limit is not None or sends_null:
                view[f"{name}_max_limit"] = half.max_limit
            if half.reset_duration is not None or sends_null:
                view[f"{name}_reset_duration"] = half.reset_duration
            view[f"{name}_current_usage"] = half.current_usage
            view[f"{name}_last_reset"] = self.instant(half.last_reset)
        view |= {
            "config_hash": self.config_hash(),
            "created_at": self.instant(rate_limit.created_at),
            "updated_at": self.instant(rate_limit.updated_at),
        }
        return self.extended(view)

    def components(self, unit: Unit) -> Json:
        """Return the components that the unit has."""
        view: Json = {}
        if unit.budget is not None:
            view["budget"] = self.budget(unit.budget)
        if unit.rate_limit is not None:
            view["rate_limit"] = self.rate_limit(unit.rate_limit)
        return view

    def component_ids(self, unit: Unit) -> Json:
        """Return the identifiers of the components that the unit has."""
        view: Json = {}
        if unit.budget is not None:
            view["budget_id"] = unit.budget.id
        if unit.rate_limit is not None:
            view["rate_limit_id"] = unit.rate_limit.id
        return view

    def dates(self, unit: Unit) -> Json:
        """Return when the unit was created and changed."""
        return {"created_at": self.instant(unit.created_at), "updated_at": self.instant(unit.updated_at)}

    def unit(self, unit: Unit) -> Json:
        """Return the unit as governance operations show it (contract: /components/schemas/BusinessUnit)."""
        view: Json = {"id": unit.id, "name": unit.name, "config_hash": ""}
        if self.settings.free_objects == "null":
            view |= {"profile": None, "config": None, "claims": None}
        elif self.settings.free_objects == "filled":
            view |= {"source_id": "scim-7", "profile": {"cost": [1, None]}, "config": {}, "claims": {"a": {"b": True}}}
        return self.extended({**view, **self.component_ids(unit), **self.components(unit), **self.dates(unit)})

    def detail(self, unit: Unit, team_count: int) -> Json:
        """Return the response to a read of the unit (contract: /components/schemas/BusinessUnitDetailResponse)."""
        view: Json = {"id": unit.id, "name": unit.name, "team_count": team_count}
        return self.extended({**view, **self.components(unit), **self.dates(unit)})

    def item(self, unit: Unit, team_count: int) -> Json:
        """Return the unit in a list (contract: /components/schemas/BusinessUnitListItem)."""
        return self.extended({"id": unit.id, "name": unit.name, "team_count": team_count, **self.dates(unit)})

    def mutation(self, unit: Unit) -> Json:
        """Return the unit that was created or renamed."""
        return self.extended({"id": unit.id, "name": unit.name})

    def team(self, team: Team) -> Json:
        """Return a team in a list."""
        return self.extended({"id": team.id, "name": team.name})

    def page(self, kind: str, entries: Sequence[Json], total: int, page: int, limit: int) -> Json:
        """Return one page of a list."""
        return self.extended({kind: list(entries), "total": total, "page": page, "limit": limit})

    def message(self, english: str) -> Json:
        """Return a message that says what was done."""
        return self.extended({"message": self.text(200, english)})

    def governed(self, english: str, unit: Unit) -> Json:
        """Return a message and the complete unit."""
        return self.extended({"message": self.text(200, english), "business_unit": self.unit(unit)})

    def error(self, status: int, english: str) -> Any:
        """Return the one error body (contract: /components/schemas/BifrostError)."""
        if status in (401, 403) and self.settings.refusal_body == "empty":
            return {}
        error = self.extended({"message": self.text(status, english)})
        if self.settings.minimal_errors:
            return {"error": error}
        return self.extended({"is_bifrost_error": False, "status_code": status, "error": error, "extra_fields": {}})
