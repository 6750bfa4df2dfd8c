"""Servers that list the wrong entries or wrong facts about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Unit
from ...operations import Operations
from ...views import Views


@fault("new-units-not-listed", "LIST", "must", proves=("LIST-01",))
class NewUnitsNotListed(Operations):
    """The list does not show new units."""

    def list_units(self, request: Request) -> Response:
        items = [self.views.item(unit, self.team_count(unit)) for unit in self.store.units()[:4]]
        return self.page("business_units", items, request)


@fault("last-entry-missing", "LIST", "must")
class LastEntryMissing(Operations):
    """The list does not show its last entry on any page."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries[:-1], page, limit)


@fault("listed-id-is-another", "LIST", "must")
class ListedIdIsAnother(Views):
    """The list shows units under ids that do not exist."""

    def item(self, unit: Unit, team_count: int) -> Json:
        return {**super().item(unit, team_count), "id": f"{unit.id}-1"}


@fault("listed-dates-missing", "LIST", "should", proves=("LIST-09",))
class ListedDatesMissing(Views):
    """The list shows units without created_at."""

    def item(self, unit: Unit, team_count: int) -> Json:
        return {name: value for name, value in super().item(unit, team_count).items() if name != "created_at"}


@fault("listed-date-is-of-last-change", "LIST", "should")
class ListedDateIsOfLastChange(Views):
    """created_at in the list is the date of the last change."""

    def item(self, unit: Unit, team_count: int) -> Json:
        return {**super().item(unit, team_count), "created_at": self.instant(unit.updated_at)}


@fault("renamed-unit-listed-under-old-name", "LIST", "must", proves=("LIST-08",))
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
        items = [self.views.item(unit, self.team_count(unit)) for unit in self.store.units()]
        renamed = [{**item, "name": self.names.get(item["id"], item["name"])} for item in items]
        return self.page("business_units", renamed, request)


@fault("field-listed-name-is-old", "LIST", "should", origin="blind-2")
class ListedNameIsOld(Operations):
    """The list shows every unit under the name that it showed first."""

    names: dict[str, str]

    def list_units(self, request: Request) -> Response:
        self.names = getattr(self, "names", {})
        units = [replace(unit, name=self.names.setdefault(unit.id, unit.name)) for unit in self.store.units()]
        return self.page("business_units", [self.views.item(unit, self.team_count(unit)) for unit in units], request)


@fault("field-ungoverned-units-missing", "LIST", "must", origin="blind-2")
class UngovernedUnitsMissing(Operations):
    """A search does not find units without a budget."""

    def list_units(self, request: Request) -> Response:
        if "search=" not in request.query:
            return super().list_units(request)
        units = [unit for unit in self.store.units() if unit.budget is not None]
        return self.page("business_units", [self.views.item(unit, self.team_count(unit)) for unit in units], request)


@fault("field-units-repeated-by-components", "LIST", "must", origin="blind-2")
class UnitsRepeatedByComponents(Operations):
    """The list shows a unit with both components twice."""

    def list_units(self, request: Request) -> Response:
        items: list[Json] = []
        for unit in self.store.units():
            rows = 2 if unit.budget is not None and unit.rate_limit is not None else 1
            items += [self.views.item(unit, self.team_count(unit))] * rows
        return self.page("business_units", items, request)


@fault("third-list-is-rebuilt-when-its-length-changes", "LIST", "must", origin="blind-3")
class ListIsRebuiltWhenItsLengthChanges(Operations):
    """The list does not change after one deletion and one creation."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._index: list[Unit] = []

    def list_units(self, request: Request) -> Response:
        if len(self._index) != len(self.store.units()):
            self._index = self.store.units()
        latest = [self.store.find(unit.id) or unit for unit in self._index]
        return self.page("business_units", [self.views.item(unit, self.team_count(unit)) for unit in latest], request)


@fault("field-governance-of-first-twenty", "LIST", "must", origin="blind-2")
class GovernanceOfFirstTwenty(Operations):
    """A GET shows no governance for a unit beyond the first 20."""

    def get_unit(self, request: Request) -> Response:
        response = super().get_unit(request)
        if request.unit_id in [unit.id for unit in self.store.units()[20:]]:
            response.payload.pop("budget", None)
            response.payload.pop("rate_limit", None)
        return response


@fault("listed-team-count-wrong", "LIST", "must", proves=("LIST-07",))
class ListedTeamCountWrong(Views):
    """team_count in the list is one too many."""

    def item(self, unit: Unit, team_count: int) -> Json:
        return super().item(unit, team_count + 1)


@fault("field-team-count-missing-in-detail", "LIST", "must", origin="blind-2")
class TeamCountMissingInDetail(Operations):
    """team_count in a GET is always 0."""

    def get_unit(self, request: Request) -> Response:
        response = super().get_unit(request)
        return Response(200, {**response.payload, "team_count": 0})


@fault("third-listed-team-count-is-cached", "LIST", "must", origin="blind-3")
class ListedTeamCountIsCached(Operations):
    """team_count in the list does not change with assignments."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._counts: dict[tuple[str, int], int] = {}

    def list_units(self, request: Request) -> Response:
        items = [
            self.views.item(unit, self._counts.setdefault((unit.id, unit.updated_at), self.team_count(unit)))
            for unit in self.store.units()
        ]
        return self.page("business_units", items, request)
