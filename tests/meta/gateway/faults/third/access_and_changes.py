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
from ...security import Security
from ...settings import Settings

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


# removals


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
