"""Servers that list teams wrongly."""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Team, Unit
from ...operations import Operations
from ...views import Views


@fault("teams-not-listed", "LIST", "must")
class TeamsNotListed(Operations):
    """The teams of a unit are never listed."""

    def list_teams(self, request: Request) -> Response:
        self.unit(request, self.clock.now())
        return self.page("teams", [], request)


@fault("teams-of-all-units-listed", "LIST", "must")
class TeamsOfAllUnitsListed(Operations):
    """The teams of a unit are all teams."""

    def teams_of(self, unit: Unit) -> list[Team]:
        return self.store.teams()


@fault("teams-as-names", "LIST", "must")
class TeamsAsNames(Views):
    """Teams are listed by name, not as objects."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        view = super().page(kind, entries, total, page, limit)
        return {**view, kind: [entry["name"] for entry in entries]} if kind == "teams" else view


@fault("team-pages-ignored", "LIST", "must", proves=("LIST-10",))
class TeamPagesIgnored(Operations):
    """The teams of a unit are on every page."""

    def list_teams(self, request: Request) -> Response:
        request.query = re.sub("page=[0-9]+", "page=1", request.query)
        return super().list_teams(request)


@fault("field-team-search-ignored", "LIST", "must", origin="blind-2")
class TeamSearchIgnored(Operations):
    """The list of teams does not read the search."""

    def list_teams(self, request: Request) -> Response:
        query = [pair for pair in urllib.parse.parse_qsl(request.query) if pair[0] != "search"]
        return super().list_teams(replace(request, query=urllib.parse.urlencode(query)))


@fault("field-teams-of-all-units", "LIST", "must", origin="blind-2")
class TeamsOfAllUnits(Operations):
    """The list of teams ignores the unit of the path when it is searched (OR without brackets)."""

    def list_teams(self, request: Request) -> Response:
        if "search=" not in request.query:
            return super().list_teams(request)
        self.unit(request, self.clock.now())
        return self.page("teams", [self.views.team(team) for team in self.store.teams()], request)


@fault("field-teams-shared-across-units", "LIST", "must", origin="blind-2")
class TeamsSharedAcrossUnits(Operations):
    """The list of teams shows those without any unit as well (unit_id = ? OR unit_id IS NULL)."""

    def teams_of(self, unit: Unit) -> list[Team]:
        return [team for team in self.store.teams() if team.unit_id in (unit.id, None)]

    def unassign_teams(self, unit: Unit) -> None:
        for team in super().teams_of(unit):
            self.store.save_team(replace(team, unit_id=None))
