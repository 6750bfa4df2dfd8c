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


@fault("teams-not-listed", "must", Operations.list_teams)
def teams_not_listed(self: Operations, request: Request) -> Response:
    """The team list of a unit is always empty."""
    self.unit(request, self.clock.now())
    return self.page("teams", [], request)


@fault("teams-of-all-units-listed", "must", Operations.teams_of)
def teams_of_all_units_listed(self: Operations, unit: Unit) -> list[Team]:
    """The team list of a unit shows all teams."""
    return self.store.teams()


@fault("teams-as-names", "must", Views.page)
def teams_as_names(self: Views, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
    """The team list shows names instead of objects."""
    view = Views.page(self, kind, entries, total, page, limit)
    return {**view, kind: [entry["name"] for entry in entries]} if kind == "teams" else view


@fault("team-pages-ignored", "must", Operations.list_teams, proves=("LIST-10",))
def team_pages_ignored(self: Operations, request: Request) -> Response:
    """The team list ignores page."""
    request.query = re.sub("page=[0-9]+", "page=1", request.query)
    return Operations.list_teams(self, request)


@fault("field-team-search-ignored", "must", Operations.list_teams, origin="blind-2")
def team_search_ignored(self: Operations, request: Request) -> Response:
    """The team list ignores search."""
    query = [pair for pair in urllib.parse.parse_qsl(request.query) if pair[0] != "search"]
    return Operations.list_teams(self, replace(request, query=urllib.parse.urlencode(query)))


@fault("field-teams-of-all-units", "must", Operations.list_teams, origin="blind-2")
def teams_of_all_units(self: Operations, request: Request) -> Response:
    """The team list shows the teams of all units when it is searched."""
    if "search=" not in request.query:
        return Operations.list_teams(self, request)
    self.unit(request, self.clock.now())
    return self.page("teams", [self.views.team(team) for team in self.store.teams()], request)
