"""Servers that list the wrong entries or wrong members of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import DEMO_UNITS, Unit
from ...operations import Operations
from ...views import Views


@fault("new-units-not-listed", "must", Operations.list_units, proves=("LIST-01",))
def new_units_not_listed(self: Operations, request: Request) -> Response:
    """The list does not show new units."""
    items = self.items(self.store.units()[:DEMO_UNITS])
    return self.page("business_units", items, request)


@fault("last-entry-missing", "must", Operations.slice)
def last_entry_missing(self: Operations, entries: list[Json], page: int, limit: int) -> list[Json]:
    """The list does not show its last entry on any page."""
    return Operations.slice(self, entries[:-1], page, limit)


@fault("listed-id-is-another", "must", Views.item)
def listed_id_is_another(self: Views, unit: Unit, team_count: int) -> Json:
    """The list shows units under ids that do not exist."""
    return {**Views.item(self, unit, team_count), "id": f"{unit.id}-1"}


@fault("listed-dates-missing", "should", Views.item, proves=("LIST-09",))
def listed_dates_missing(self: Views, unit: Unit, team_count: int) -> Json:
    """The list shows units without created_at."""
    return {name: value for name, value in Views.item(self, unit, team_count).items() if name != "created_at"}


@fault("listed-date-is-of-last-change", "should", Views.item)
def listed_date_is_of_last_change(self: Views, unit: Unit, team_count: int) -> Json:
    """created_at in the list is the date of the last change."""
    return {**Views.item(self, unit, team_count), "created_at": self.instant(unit.updated_at)}


@fault("renamed-unit-listed-under-old-name", "must", proves=("LIST-08",))
class RenamedUnitListedUnderOldName(Operations):
    """The list shows a renamed unit under its first name."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.names: dict[str, str] = {}

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        self.names[response.payload["id"]] = response.payload["name"]
        return response

    def list_units(self, request: Request) -> Response:
        items = self.items(self.store.units())
        renamed = [{**item, "name": self.names.get(item["id"], item["name"])} for item in items]
        return self.page("business_units", renamed, request)


@fault("field-ungoverned-units-missing", "must", Operations.list_units, origin="blind-2")
def ungoverned_units_missing(self: Operations, request: Request) -> Response:
    """A search does not find units without a budget."""
    if "search=" not in request.query:
        return Operations.list_units(self, request)
    units = [unit for unit in self.store.units() if unit.budget is not None]
    return self.page("business_units", self.items(units), request)


@fault("field-units-repeated-by-components", "must", Operations.list_units, origin="blind-2")
def units_repeated_by_components(self: Operations, request: Request) -> Response:
    """The list shows a unit with both components twice."""
    items: list[Json] = []
    for unit in self.store.units():
        rows = 2 if unit.budget is not None and unit.rate_limit is not None else 1
        items += self.items([unit]) * rows
    return self.page("business_units", items, request)


@fault("field-governance-of-first-twenty", "must", Operations.get_unit, origin="blind-2")
def governance_of_first_twenty(self: Operations, request: Request) -> Response:
    """A GET shows no governance for a unit beyond the first 20."""
    response = Operations.get_unit(self, request)
    if request.unit_id in [unit.id for unit in self.store.units()[20:]]:
        response.payload.pop("budget", None)
        response.payload.pop("rate_limit", None)
    return response


@fault("fresh-name-of-digits-listed-as-number", "must", origin="blind-5")
class NameOfDigitsListedAsNumber(Views):
    """The list of units shows a name of digits only as a number."""

    def page(self, kind: str, entries: Sequence[Json], total: int, page: int, limit: int) -> Json:
        shown = [{**entry, "name": self.scalar(entry["name"])} for entry in entries]
        return super().page(kind, shown if kind == "business_units" else entries, total, page, limit)

    def scalar(self, text: str) -> Any:
        """Return a number in place of a text of digits."""
        return int(text) if text.isascii() and text.isdigit() else text


@fault("listed-names-composed", "must", Views.item, proves=("LIST-08",))
def listed_names_composed(self: Views, unit: Unit, team_count: int) -> Json:
    """The list shows names in Unicode form NFC."""
    return {**Views.item(self, unit, team_count), "name": unicodedata.normalize("NFC", unit.name)}


@fault("listed-date-is-of-rate-limit", "should", Views.item, proves=("LIST-09",))
def listed_date_is_of_rate_limit(self: Views, unit: Unit, team_count: int) -> Json:
    """created_at in the list is that of the rate limit, if the unit has one."""
    view = Views.item(self, unit, team_count)
    return view if unit.rate_limit is None else {**view, "created_at": self.instant(unit.rate_limit.created_at)}
