"""Mistakes of creations, of units and of first governance."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Store, Unit, WindowChange
from ...operations import Operations


@fault("CREATE", "must")
class ConflictAfterWrite(Operations):
    """The conflict is noticed by the index of the link, when the new budget is stored: 409, and a changed budget."""

    def check_ungoverned(self, unit: Unit) -> None:
        if unit.budget is not None:
            now = self.clock.now()
            self.store.save(replace(unit, budget=replace(unit.budget, id=self.ids.new(), updated_at=now)))
        super().check_ungoverned(unit)


@fault("CREATE", "must")
class CreationOfEmptyBudget(Bodies):
    """The creation decodes with the update's reader: an empty budget beside a rate limit is a removal and passes."""

    def creation(self, document: Any) -> Change:
        body = self.body_object(document)
        if body.get("budget") == {} and "rate_limit" in body:
            return replace(super().creation({"rate_limit": body["rate_limit"]}), budget=BudgetChange(removes=True))
        return super().creation(document)


@fault("CREATE", "must")
class BudgetStaysOfRefusedCreation(Operations):
    """The budget is inserted outside the transaction: a refused rate limit leaves it behind."""

    def create_governance(self, request: Request) -> Response:
        unit, body = self.store.find(request.unit_id), self.document(request)
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            if refusal.status == 400 and unit is not None and isinstance(body, dict) and len(body) == 2:
                if isinstance(body.get("budget"), dict) and unit.budget is None:
                    change = self.bodies.creation({"budget": body["budget"]})
                    self.store.save(self.governance.update(unit, change, self.clock.now()))
            raise


@fault("CREATE", "must")
class RecreationConflicts(Operations):
    """Removed governance is only marked: its unit cannot be given governance by POST again."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.marked: set[str] = set()

    def delete_governance(self, request: Request) -> Response:
        response = super().delete_governance(request)
        self.marked.add(request.unit_id)
        return response

    def check_ungoverned(self, unit: Unit) -> None:
        if unit.id in self.marked:
            raise Refusal(409, "Business unit already has governance configured")
        super().check_ungoverned(unit)


@fault("CREATE", "must")
class NamesComparedOnFirstPage(Operations):
    """Whether a name is taken is looked up with the list's default limit: beyond 20 units a double passes."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if any(unit.name == name and unit.id != own_id for unit in self.store.units()[:20]):
            raise Refusal(409, "A business unit with this name already exists")


@fault("CREATE", "should")
class DoubleNameAfterRename(Operations):
    """Names are checked in a set that renames do not maintain: the new name of a unit can be given again."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.renamed: set[str] = set()

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self.renamed.add(response.payload["name"])
        return response

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if name not in self.renamed:
            super().check_name_is_free(name, own_id)


@fault("CREATE", "must")
class ConflictLeavesUnit(Operations):
    """The unit is inserted before its name is compared: 409, and one more unit of that name."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        try:
            super().check_name_is_free(name, own_id)
        except Refusal:
            if own_id is None:
                now = self.clock.now()
                self.store.save(Unit(self.ids.new(), name, now, now))
            raise


@fault("CREATE", "must")
class NameEscapedForHtml(Store):
    """Names are escaped before they are stored: `&` comes back as `&amp;`."""

    def save(self, unit: Unit) -> None:
        super().save(replace(unit, name=html.escape(html.unescape(unit.name), quote=False)))


@fault("CREATE", "should")
class FirstBudgetBorrowsSpend(Governance):
    """A first budget takes over as spend the requests that the rate limit of the unit has counted."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        budget = super().new_budget(unit, change, now)
        counted = unit.rate_limit.request.current_usage if unit.rate_limit else 0
        return replace(budget, current_usage=float(counted))


@fault("CREATE", "should")
class FirstRateLimitPartlyStored(Governance):
    """A limit without its duration is stored by a creation: only updates are checked."""

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        if purpose != "create":
            super().check_rate_limit(rate_limit, purpose)


@fault("CREATE", "must")
class BudgetCreatedByRateLimit(Governance):
    """A first rate limit of a unit without governance brings an unlimited budget along."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if unit.rate_limit is None and after.rate_limit is not None and after.budget is None:
            return replace(after, budget=self.new_budget(unit, BudgetChange(1e9, "1M", False), now))
        return after


@fault("CREATE", "must")
class CreationSwapsPairs(Governance):
    """A positional INSERT has tokens and requests the wrong way round when both are given."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        if WindowChange() not in (change.token, change.request):
            change = replace(change, token=change.request, request=change.token)
        return super().new_rate_limit(unit, change, now)
