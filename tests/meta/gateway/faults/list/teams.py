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
    """The team list of a unit is always empty."""

    def list_teams(self, request: Request) -> Response:
        self.unit(request, self.clock.now())
        return self.page("teams", [], request)


@fault("teams-of-all-units-listed", "LIST", "must")
class TeamsOfAllUnitsListed(Operations):
    """The team list of a unit shows all teams."""

    def teams_of(self, unit: Unit) -> list[Team]:
        return self.store.teams()


@fault("teams-as-names", "LIST", "must")
class TeamsAsNames(Views):
    """The team list shows names instead of objects."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        view = super().page(kind, entries, total, page, limit)
        return {**view, kind: [entry["name"] for entry in entries]} if kind == "teams" else view


@fault("team-pages-ignored", "LIST", "must", proves=("LIST-10",))
class TeamPagesIgnored(Operations):
    """The team list ignores page."""

    def list_teams(self, request: Request) -> Response:
        request.query = re.sub("page=[0-9]+", "page=1", request.query)
        return super().list_teams(request)


@fault("field-team-search-ignored", "LIST", "must", origin="blind-2")
class TeamSearchIgnored(Operations):
    """The team list ignores search."""

    def list_teams(self, request: Request) -> Response:
        query = [pair for pair in urllib.parse.parse_qsl(request.query) if pair[0] != "search"]
        return super().list_teams(replace(request, query=urllib.parse.urlencode(query)))


@fault("field-teams-of-all-units", "LIST", "must", origin="blind-2")
class TeamsOfAllUnits(Operations):
    """The team list shows the teams of all units when it is searched."""

    def list_teams(self, request: Request) -> Response:
        if "search=" not in request.query:
            return super().list_teams(request)
        self.unit(request, self.clock.now())
        return self.page("teams", [self.views.team(team) for team in self.store.teams()], request)


@fault("field-teams-shared-across-units", "LIST", "must", origin="blind-2")
class TeamsSharedAcrossUnits(Operations):
    """The team list shows teams without a unit as well."""

    def teams_of(self, unit: Unit) -> list[Team]:
        return [team for team in self.store.teams() if team.unit_id in (unit.id, None)]

    def unassign_teams(self, unit: Unit) -> None:
        for team in super().teams_of(unit):
            self.store.save_team(replace(team, unit_id=None))
