"""The operations: each reads a request, changes the store at most once, and responds."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from .bodies import Bodies
from .governance import Governance
from .messages import Json, Refusal, Request, Response
from .model import Ids, Store, Team, Unit
from .periods import Clock
from .settings import Settings
from .views import Views

UNITS = "/api/governance/business-units"
ROUTES = {
    "listBusinessUnits": ("GET", UNITS),
    "createBusinessUnit": ("POST", UNITS),
    "getBusinessUnit": ("GET", f"{UNITS}/{{id}}"),
    "updateBusinessUnit": ("PUT", f"{UNITS}/{{id}}"),
    "deleteBusinessUnit": ("DELETE", f"{UNITS}/{{id}}"),
    "listBusinessUnitTeams": ("GET", f"{UNITS}/{{id}}/teams"),
    "assignTeamToBusinessUnit": ("POST", f"{UNITS}/{{id}}/teams"),
    "removeTeamFromBusinessUnit": ("DELETE", f"{UNITS}/{{id}}/teams/{{team_id}}"),
    "createBusinessUnitGovernance": ("POST", f"{UNITS}/{{id}}/governance"),
    "updateBusinessUnitGovernance": ("PUT", f"{UNITS}/{{id}}/governance"),
    "deleteBusinessUnitGovernance": ("DELETE", f"{UNITS}/{{id}}/governance"),
}


class Operations:
    """Carries out requests after authentication and routing."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        bodies: Bodies,
        governance: Governance,
        views: Views,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self.settings = settings
        self.store = store
        self.bodies = bodies
        self.governance = governance
        self.views = views
        self.clock = clock
        self.ids = ids
        self.demo_units: frozenset[str] = frozenset()
        self.table: dict[str, Callable[[Request], Response]] = {
            "listBusinessUnits": self.list_units,
            "createBusinessUnit": self.create_unit,
            "getBusinessUnit": self.get_unit,
            "updateBusinessUnit": self.rename_unit,
            "deleteBusinessUnit": self.delete_unit,
            "listBusinessUnitTeams": self.list_teams,
            "assignTeamToBusinessUnit": self.assign_team,
            "removeTeamFromBusinessUnit": self.remove_team,
            "createBusinessUnitGovernance": self.create_governance,
            "updateBusinessUnitGovernance": self.update_governance,
            "deleteBusinessUnitGovernance": self.delete_governance,
        }

    def run(self, request: Request) -> Response:
        """Return the response to a request. Raises Refusal."""
        assert request.operation is not None
        with self.store.transaction():
            if self.settings.background_traffic:
                self.use_demo_units()
            return self.table[request.operation](request)

    def use_demo_units(self) -> None:
        """Add a little usage to the demo units."""
        for unit in filter(None, map(self.store.find, self.demo_units)):
            budget, rate_limit = unit.budget, unit.rate_limit
            if budget is not None:
                budget = replace(budget, current_usage=budget.current_usage + 0.01)
            if rate_limit is not None:
                used = replace(rate_limit.request, current_usage=rate_limit.request.current_usage + 1)
                rate_limit = replace(rate_limit, request=used)
            self.store.save(replace(unit, budget=budget, rate_limit=rate_limit))

    # shared by operations

    def unit(self, request: Request, now: int) -> Unit:
        """Return the current state of the unit in the path, or refuse with 404."""
        unit = self.store.find(request.unit_id)
        if unit is None:
            raise Refusal(404, "Business unit not found")
        return self.governance.refresh(unit, now)

    def document(self, request: Request) -> Any:
        """Return the JSON body of a request."""
        if self.settings.lookup_first and "id" in request.parameters:
            self.unit(request, self.clock.now())
        if request.too_large:
            raise Refusal(413, "Request body too large")
        if self.settings.content_type_required and request.headers.get_content_type() != "application/json":
            raise Refusal(400, "Content-Type must be application/json")
        return self.bodies.document(request.body)

    def team_count(self, unit: Unit) -> int:
        """Return how many teams the unit has."""
        return sum(team.unit_id == unit.id for team in self.store.teams())

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        """Refuse a name that another unit has."""
        form = self.compared_form(name)
        if any(self.compared_form(unit.name) == form and unit.id != own_id for unit in self.store.units()):
            raise Refusal(409, "A business unit with this name already exists")

    def compared_form(self, name: str) -> str:
        """Return the form of a name that is compared with those of other names."""
        return name

    # lists

    def paging(self, request: Request) -> tuple[int, int, str]:
        """Return page, limit and search text of the query."""
        query = urllib.parse.parse_qs(request.query, keep_blank_values=True)
        page = self.bounded(query.get("page", ["1"])[0], 1, 2**63 - 1, 1)
        limit = self.bounded(query.get("limit", ["20"])[0], 1, 100, 20)
        return page, limit, query.get("search", [""])[0]

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        """Return a number of the query within its bounds."""
        digits = text.removeprefix("-")
        number = int(text) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None
        if number is not None and least <= number <= most:
            return number
        if self.settings.bad_paging == "refuse":
            raise Refusal(400, f"a whole number from {least} to {most} is needed")
        return default if number is None else min(max(number, least), most)

    def matches(self, name: str, search: str) -> bool:
        """Return whether the name contains the text, without regard to case."""
        return search.casefold() in name.casefold()

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        """Return the page of matching entries that the query selects."""
        page, limit, search = self.paging(request)
        if self.settings.newest_first:
            entries = entries[::-1]
        found = [entry for entry in entries if self.matches(entry["name"], search)]
        return Response(200, self.views.page(kind, self.slice(found, page, limit), self.total(found), page, limit))

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        """Return the entries of one page."""
        return entries[(page - 1) * limit : page * limit]

    def total(self, found: list[Json]) -> int:
        """Return how many entries match, on all pages."""
        return len(found)

    def list_units(self, request: Request) -> Response:
        """List business units."""
        return self.page("business_units", self.items(self.store.units()), request)

    def items(self, units: Iterable[Unit]) -> list[Json]:
        """Return the list entries of units."""
        return [self.views.item(unit, self.team_count(unit)) for unit in units]

    def list_teams(self, request: Request) -> Response:
        """List the teams of a unit."""
        unit = self.unit(request, self.clock.now())
        return self.page("teams", [self.views.team(team) for team in self.teams_of(unit)], request)

    def teams_of(self, unit: Unit) -> list[Team]:
        """Return the teams of a unit."""
        return [team for team in self.store.teams() if team.unit_id == unit.id]

    # units

    def create_unit(self, request: Request) -> Response:
        """Create a business unit without governance."""
        name = self.bodies.name(self.document(request))
        self.check_name_is_free(name)
        now = self.clock.now()
        unit = Unit(self.ids.new(), name, now, now)
        self.store.save(unit)
        return Response(200, self.views.mutation(unit))

    def get_unit(self, request: Request) -> Response:
        """Show one business unit with its governance."""
        unit = self.unit(request, self.clock.now())
        return Response(200, self.views.detail(unit, self.team_count(unit)))

    def rename_unit(self, request: Request) -> Response:
        """Change only the name of a unit."""
        name = self.bodies.name(self.document(request))
        now = self.clock.now()
        unit = self.unit(request, now)
        self.check_name_is_free(name, unit.id)
        renamed = replace(unit, name=name, updated_at=now)
        self.store.save(renamed)
        return Response(200, self.views.mutation(renamed))

    def delete_unit(self, request: Request) -> Response:
        """Delete a unit with its governance and unassign its teams."""
        unit = self.unit(request, self.clock.now())
        self.unassign_teams(unit)
        self.store.remove(unit.id)
        return Response(200, self.views.message("Business unit deleted successfully"))

    def unassign_teams(self, unit: Unit) -> None:
        """Unassign the teams of a unit."""
        for team in self.teams_of(unit):
            self.store.save_team(replace(team, unit_id=None))

    # teams

    def team(self, team_id: str) -> Team:
        """Return a team, or refuse with 404."""
        team = self.store.find_team(team_id)
        if team is None:
            raise Refusal(404, "Team not found")
        return team

    def assign_team(self, request: Request) -> Response:
        """Assign a team to a unit, unless it belongs to another."""
        team_id = self.bodies.team_id(self.document(request))
        unit = self.unit(request, self.clock.now())
        team = self.team(team_id)
        self.check_assignable(team, unit)
        self.store.save_team(replace(team, unit_id=unit.id))
        return Response(200, self.views.message("Team assigned to business unit successfully"))

    def check_assignable(self, team: Team, unit: Unit) -> None:
        """Refuse a team that belongs to another unit."""
        if team.unit_id not in (None, unit.id):
            raise Refusal(409, "Team is already assigned to another business unit")

    def remove_team(self, request: Request) -> Response:
        """Unassign a team from its unit."""
        unit = self.unit(request, self.clock.now())
        team = self.team(request.parameters["team_id"])
        self.check_member(team, unit)
        self.store.save_team(replace(team, unit_id=None))
        return Response(200, self.views.message("Team removed from business unit successfully"))

    def check_member(self, team: Team, unit: Unit) -> None:
        """Refuse a team that is not in the unit."""
        if team.unit_id != unit.id:
            raise Refusal(404, "Team not found")

    # governance

    def create_governance(self, request: Request) -> Response:
        """Configure governance of a unit that has none."""
        change = self.bodies.creation(self.document(request))
        now = self.clock.now()
        unit = self.unit(request, now)
        self.check_ungoverned(unit)
        after = self.governance.update(unit, change, now)
        self.store.save(after)
        return Response(200, self.views.governed("Business unit governance created successfully", after))

    def check_ungoverned(self, unit: Unit) -> None:
        """Refuse a unit that has governance."""
        if unit.budget is not None or unit.rate_limit is not None:
            raise Refusal(409, "Business unit already has governance configured")

    def update_governance(self, request: Request) -> Response:
        """Create, change or remove the components that the body mentions."""
        change = self.bodies.update(self.document(request))
        now = self.clock.now()
        unit = self.unit(request, now)
        after = self.governance.update(unit, change, now)
        self.store.save(after)
        return Response(200, self.views.governed("Business unit governance updated successfully", after))

    def delete_governance(self, request: Request) -> Response:
        """Remove both components."""
        now = self.clock.now()
        unit = self.unit(request, now)
        self.check_governed(unit)
        self.store.save(replace(unit, budget=None, rate_limit=None, updated_at=now))
        return Response(200, self.views.message("Business unit governance deleted successfully"))

    def check_governed(self, unit: Unit) -> None:
        """Refuse a unit without governance."""
        if unit.budget is None and unit.rate_limit is None:
            raise Refusal(404, "Business unit has no governance configured")
