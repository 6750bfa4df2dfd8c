"""Faults that accept a credential of another API for certain units or queries."""

from __future__ import annotations

import urllib.parse

from ...assembly import fault
from ...messages import Request
from ...pipeline import Pipeline
from ...security import Security
from .authorization import token


@fault("subtle-virtual-key-reads-governed-unit", "must", Pipeline.authorise, origin="blind-12")
def virtual_key_reads_governed_unit(self: Pipeline, request: Request) -> None:
    """A virtual key can read a unit that has both a budget and a rate limit."""
    if request.operation == "getBusinessUnit":
        unit = self.operations.store.find(urllib.parse.unquote(request.unit_id))
        governed = unit is not None and unit.budget is not None and unit.rate_limit is not None
        if governed and self.security.same(token(request), self.security.credentials.virtual_key):
            return
    Pipeline.authorise(self, request)


@fault("subtle-dashboard-token-searches", "must", Security.allows, origin="blind-12")
def dashboard_token_searches(self: Security, request: Request) -> bool:
    """A dashboard token is accepted for a list with a search text."""
    lists = request.operation in ("listBusinessUnits", "listBusinessUnitTeams")
    searches = lists and "search" in urllib.parse.parse_qs(request.query)
    return Security.allows(self, request) or (searches and self.same(token(request), self.credentials.dashboard_token))
