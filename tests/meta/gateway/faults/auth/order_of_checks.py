"""Servers that judge a request before they check its credential."""

from __future__ import annotations

import urllib.parse

from ...assembly import fault
from ...messages import Refusal, Request
from ...pipeline import Pipeline


@fault("body-judged-before-caller", "must", Pipeline.authorise, proves=("AUTH-14",))
def body_judged_before_caller(self: Pipeline, request: Request) -> None:
    """The server answers 400 to a malformed body before it checks the credential."""
    if request.body:
        self.operations.bodies.document(request.body)
    Pipeline.authorise(self, request)


@fault("unit-looked-up-before-caller", "must", Pipeline.authorise)
def unit_looked_up_before_caller(self: Pipeline, request: Request) -> None:
    """The server answers 404 for an unknown unit before it checks the credential."""
    if "id" in request.parameters and self.operations.store.find(self.decoded(request.parameters["id"])) is None:
        raise Refusal(404, "Business unit not found")
    Pipeline.authorise(self, request)


@fault("rare-team-removal-reveals-unknown-teams", "must", origin="blind-4")
class TeamRemovalRevealsUnknownTeams(Pipeline):
    """The removal of an unknown team answers 404 to a request without the key."""

    def authorise(self, request: Request) -> None:
        if request.operation == "removeTeamFromBusinessUnit" and not self.security.allows(request):
            self.operations.team(self.decoded(request.parameters["team_id"]))
        super().authorise(request)


@fault("query-judged-before-caller", "must")
class QueryJudgedBeforeCaller(Pipeline):
    """The server answers 400 to a page or limit out of range before it checks the credential."""

    def authorise(self, request: Request) -> None:
        query = urllib.parse.parse_qs(request.query)
        for name in ("page", "limit"):
            if any(not value.isdecimal() or not 1 <= int(value[:9]) <= 100 for value in query.get(name, [])):
                raise Refusal(400, f"{name} is out of range")
        super().authorise(request)
