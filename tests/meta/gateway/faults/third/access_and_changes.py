"""The third set: who is let in, updates, removals and first governance."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange, Change, Ids, RateLimit, RateLimitChange, Unit
from ...operations import Operations
from ...pipeline import Pipeline
from ...security import Security
from ...settings import Credentials, Settings

# who is let in


@fault("AUTH", "must")
class DisplayPrefixIsKey(Security):
    """The lookup of keys goes by the stored display prefix, so the key's first eight characters alone are let in."""

    def accepts(self, request: Request, token: str) -> bool:
        """Accept the prefix that lists of keys show."""
        shown = token.removesuffix("...")
        return super().accepts(request, token) or self.same(shown, self.credentials.api_key[:8])


@fault("AUTH", "must")
class SessionTokenRemovesTeams(Security):
    """The route that removes a team from a unit kept the dashboard's middleware, so it accepts a session token."""

    def accepts(self, request: Request, token: str) -> bool:
        """Accept the session token for one operation."""
        removes = request.operation == "removeTeamFromBusinessUnit"
        return super().accepts(request, token) or (removes and self.same(token, self.credentials.session_token))


@fault("AUTH", "must")
class BareBearerReadsOtherHeader(Security):
    """An Authorization header that says Bearer and nothing more makes the server read the key from x-api-key."""

    def allows(self, request: Request) -> bool:
        """Fall back to x-api-key when the token is missing."""
        values = request.headers.get_all("Authorization") or []
        if len(values) == 1 and values[0].strip().lower() == "bearer":
            return self.same(request.headers.get("x-api-key", ""), self.credentials.api_key)
        return super().allows(request)


@fault("AUTH", "must")
class TrailingSlashSkipsAuthorisation(Pipeline):
    """The guard compares paths before the router drops a trailing slash, so a path with one is served to anybody."""

    def route(self, request: Request) -> list[str] | None:
        """Route without the slash."""
        bare = replace(request, path=request.path.rstrip("/"))
        allowed = super().route(bare)
        request.operation, request.parameters = bare.operation, bare.parameters
        return allowed

    def authorise(self, request: Request) -> None:
        """Guard the paths that are on the list."""
        if request.operation is None or not request.path.endswith("/"):
            super().authorise(request)


@fault("AUTH", "must")
class LockoutHitsTheKey(Security):
    """The brute-force guard counts refusals for the whole server: after five in a row the right key is refused once."""

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        super().__init__(settings, credentials)
        self._refused = 0

    def allows(self, request: Request) -> bool:
        """Refuse a caller after five refusals."""
        if not super().allows(request):
            self._refused += 1
            return False
        locked, self._refused = self._refused >= 5, 0
        return not locked


# updates


@fault("UPDATE", "must")
class BudgetRemovalSwallowsOtherChange(Governance):
    """The branch that removes the budget returns early, so a rate limit set by the same body is dropped silently."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        """Forget the rate limit of a body that removes the budget."""
        removes = change.budget is not None and change.budget.removes and unit.budget is not None
        if removes and change.rate_limit is not None and not change.rate_limit.removes:
            change = replace(change, rate_limit=None)
        return super().update(unit, change, now)


@fault("UPDATE", "must")
class SameLimitMeansNoChange(Governance):
    """An update whose max_limit equals the stored one counts as no change, so its new reset_duration is dropped."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        """Compare the limits alone."""
        if change.max_limit is not None and change.max_limit == budget.max_limit:
            return budget
        return super().change_budget(budget, change, now)


@fault("UPDATE", "should")
class DurationLosesItsFraction(Governance):
    """An existing budget's new duration is written through whole numbers: 1.5d becomes 1d."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        """Keep the whole part of the duration."""
        changed = super().merge_budget(budget, change, now)
        return replace(changed, reset_duration=re.sub(r"([1-9]\d*)\.\d+", r"\1", changed.reset_duration))


@fault("UPDATE", "must")
class LargeLimitsRoundedToCents(Bodies):
    """Budgets of a thousand dollars and more go through the money formatter and lose what is below a cent."""

    def dollars(self, value: Any, purpose: str) -> float:
        """Round large amounts."""
        amount = super().dollars(value, purpose)
        return round(amount, 2) if amount >= 1000 else amount


@fault("UPDATE", "should")
class RequestPeriodClearsTokens(Governance):
    """Another reset duration for the requests restarts both counters, so the tokens used so far are forgotten."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        """Restart the tokens when the period of the requests changes."""
        changed = super().change_rate_limit(rate_limit, change, now)
        if changed.request.reset_duration == rate_limit.request.reset_duration:
            return changed
        return replace(changed, token=replace(changed.token, current_usage=0))


@fault("UPDATE", "should")
class UsageIsWritable(Operations):
    """The budget of the body is bound to the stored row, so a client can write its own current_usage."""

    def update_governance(self, request: Request) -> Response:
        """Save what the body says was spent."""
        response = super().update_governance(request)
        budget = (self.document(request) or {}).get("budget")
        usage = budget.get("current_usage") if isinstance(budget, dict) else None
        unit = self.store.find(request.unit_id)
        if isinstance(usage, bool) or not isinstance(usage, int | float) or unit is None or unit.budget is None:
            return response
        unit = replace(unit, budget=replace(unit.budget, current_usage=float(usage)))
        self.store.save(unit)
        return Response(200, self.views.governed("Business unit governance updated successfully", unit))


# removals


@fault("REMOVE", "must")
class SpacedEmptyObjectRemovesNothing(Bodies):
    """Removal looks for the two characters {} in the raw body, so an empty object with a blank inside is ignored."""

    def parse(self, body: bytes) -> Any:
        """Drop the components whose empty object has white space inside."""
        document = super().parse(body)
        if isinstance(document, dict):
            for name in ("budget", "rate_limit"):
                if document.get(name) == {} and re.search(rb'"%s"\s*:\s*\{\s+\}' % name.encode(), body):
                    del document[name]
        return document


@fault("REMOVE", "must")
class RemovedRateLimitReturns(Governance):
    """The removed rate limit stays in the association cache, and the next update of the budget saves it again."""

    def __init__(self, settings: Settings, ids: Ids) -> None:
        super().__init__(settings, ids)
        self._cached: dict[str, RateLimit] = {}

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        """Save the cached rate limit along with the budget."""
        after = super().update(unit, change, now)
        if unit.rate_limit is not None and after.rate_limit is None:
            self._cached[unit.id] = unit.rate_limit
        elif after.rate_limit is not None:
            self._cached.pop(unit.id, None)
        elif change.budget is not None and unit.id in self._cached:
            return replace(after, rate_limit=self._cached.pop(unit.id))
        return after


@fault("REMOVE", "must")
class BudgetRemovedOnlyOnce(Governance):
    """Removals leave a tombstone that makes later ones look done, so a budget that was created anew cannot go."""

    def __init__(self, settings: Settings, ids: Ids) -> None:
        super().__init__(settings, ids)
        self._tombstones: set[str] = set()

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        """Skip the removal of what was removed before."""
        if change is not None and change.removes and unit.budget is not None:
            if unit.id in self._tombstones:
                return unit.budget
            self._tombstones.add(unit.id)
        return super().budget_after(unit, change, now)


@fault("REMOVE", "must")
class UpdateLeavesGovernanceRow(Operations):
    """Removing both components by updates leaves an empty governance row, so creating governance answers 409."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._rows: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        """Remember the units that an update has left without components."""
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        after = self.store.find(request.unit_id)
        if before is not None and after is not None:
            if after.budget is not None or after.rate_limit is not None:
                self._rows.discard(after.id)
            elif before.budget is not None or before.rate_limit is not None:
                self._rows.add(after.id)
        return response

    def check_ungoverned(self, unit: Unit) -> None:
        """Refuse a unit that has a row, whatever is in it."""
        super().check_ungoverned(unit)
        if unit.id in self._rows:
            raise Refusal(409, "Business unit already has governance configured")


# first governance


@fault("CREATE", "must")
class AlignedBudgetLosesRateLimit(Bodies):
    """Creating governance takes another path for calendar budgets, and that path forgets the rate limit."""

    def creation(self, document: Any) -> Change:
        """Drop the rate limit beside an aligned budget."""
        change = super().creation(document)
        aligned = change.budget is not None and change.budget.calendar_aligned
        return replace(change, rate_limit=None) if aligned else change


@fault("CREATE", "must")
class LoneRateLimitIsNoGovernance(Operations):
    """Whether a unit is governed is told from its budget, so creating over a lone rate limit answers 200."""

    def check_ungoverned(self, unit: Unit) -> None:
        """Refuse a unit that has a budget."""
        if unit.budget is not None:
            super().check_ungoverned(unit)


@fault("CREATE", "must")
class RefusedCreationFillsTheGap(Operations):
    """Creating governance of a unit that has a budget answers 409, yet the rate limit of the body has been saved."""

    def create_governance(self, request: Request) -> Response:
        """Insert the rate limit before the budget's conflict is noticed."""
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            unit = self.store.find(request.unit_id)
            if refusal.status == 409 and unit is not None and unit.rate_limit is None:
                change = self.bodies.creation(self.document(request))
                if change.rate_limit is not None:
                    self.store.save(self.governance.update(unit, replace(change, budget=None), self.clock.now()))
            raise


@fault("CREATE", "must")
class FirstRequestLimitIsFloat(Bodies):
    """A first request limit passes through a double, saturating, so 9007199254740993 is stored as ...992."""

    def creation(self, document: Any) -> Change:
        """Convert the request limit to a double and back."""
        change = super().creation(document)
        limits = change.rate_limit
        if limits is None or limits.request.max_limit is None:
            return change
        rounded = min(int(float(limits.request.max_limit)), 2**63 - 1)
        return replace(change, rate_limit=replace(limits, request=replace(limits.request, max_limit=rounded)))
