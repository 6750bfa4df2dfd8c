"""Servers on which two requests for one unit get into each other's way. For the pauses see ``concurrency``."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..messages import Request, Response
from ..operations import Operations
from .concurrency import PAUSE


class _Updating(Operations):
    """Carries out updates of governance outside of the transaction that all others have, and counts them."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.under_way = 0
        self.counting = threading.Lock()

    def run(self, request: Request) -> Response:
        if request.operation != "updateBusinessUnitGovernance":
            return super().run(request)
        with self.counting:
            earlier, self.under_way = self.under_way, self.under_way + 1
        try:
            return self.update_meanwhile(request, PAUSE / (1 + earlier))
        finally:
            with self.counting:
                self.under_way -= 1

    def update_meanwhile(self, request: Request, pause: float) -> Response:
        """Update with a pause in it: the later the request came, the shorter."""
        raise NotImplementedError


@fault("CONC", "must")
class UpdateRevivesDeletedUnit(_Updating):
    """A unit that is deleted while it is updated is there again afterwards."""

    def update_meanwhile(self, request: Request, pause: float) -> Response:
        with self.store.transaction():
            response = super().update_governance(request)
            after = self.store.find(request.unit_id)
        time.sleep(pause)
        with self.store.transaction():
            if after is not None and self.store.find(after.id) is None:
                self.store.save(after)
        return response


@fault("CONC", "must")
class FieldsSavedOneByOne(_Updating):
    """An update saves the limits of a component first and the durations later."""

    def update_meanwhile(self, request: Request, pause: float) -> Response:
        with self.store.transaction():
            before = self.store.find(request.unit_id)
            response = super().update_governance(request)
            after = self.store.find(request.unit_id)
            if before is None or after is None:
                return response
            budget, rate_limit = after.budget, after.rate_limit
            if budget is not None and before.budget is not None:
                budget = replace(budget, reset_duration=before.budget.reset_duration)
            if rate_limit is not None and before.rate_limit is not None:
                rate_limit = replace(rate_limit, token=before.rate_limit.token)
            self.store.save(replace(after, budget=budget, rate_limit=rate_limit))
        time.sleep(pause)
        with self.store.transaction():
            unit = self.store.find(request.unit_id)
            if unit is not None and unit.budget is not None and after.budget is not None:
                unit = replace(unit, budget=replace(unit.budget, reset_duration=after.budget.reset_duration))
            if unit is not None and unit.rate_limit is not None and after.rate_limit is not None:
                unit = replace(unit, rate_limit=replace(unit.rate_limit, token=after.rate_limit.token))
            if unit is not None:
                self.store.save(unit)
        return response


@fault("CONC", "must")
class OverlappingUpdatesRolledBack(_Updating):
    """An update that another one overlaps is answered 200, and what it found is put back."""

    def update_meanwhile(self, request: Request, pause: float) -> Response:
        before = self.store.find(request.unit_id)
        time.sleep(pause)
        with self.store.transaction():
            overlapped = self.store.find(request.unit_id) != before
            response = super().update_governance(request)
            if overlapped and before is not None:
                self.store.save(before)
        return response


@fault("CONC", "must")
class UpdateOfDeletedUnitBreaks(_Updating):
    """An update during which its unit is deleted is a 500."""

    def update_meanwhile(self, request: Request, pause: float) -> Response:
        with self.store.transaction():
            response = super().update_governance(request)
        time.sleep(pause)
        assert self.store.find(request.unit_id) is not None
        return response
