"""Mistakes of the governance update."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Request, Response
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Store, Unit, WindowChange
from ...operations import Operations


@fault("UPDATE", "should")
class EveryBudgetUpdateStartsOver(Governance):
    """The whole row is written with the zero value of what the body did not hold: usage 0, last_reset now."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return changed if changed.calendar_aligned else replace(changed, current_usage=0.0, last_reset=now)


@fault("UPDATE", "must")
class UnmentionedBudgetSaved(Governance):
    """An update of the rate limit saves the budget along with its owner and so moves its updated_at."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is None and change.rate_limit is not None and after.budget is not None:
            return replace(after, budget=replace(after.budget, updated_at=now))
        return after


@fault("UPDATE", "must")
class UnmentionedRateLimitReinserted(Governance):
    """An update of the budget replaces the associations of the unit: the rate limit gets another id."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is not None and change.rate_limit is None and after.rate_limit is not None:
            return replace(after, rate_limit=replace(after.rate_limit, id=self.ids.new()))
        return after


@fault("UPDATE", "must")
class WholeDollarsOnUpdate(Bodies):
    """An update, unlike a creation, cuts the cents off a limit."""

    def dollars(self, value: Any, purpose: str) -> float:
        amount = super().dollars(value, purpose)
        return float(int(amount)) if purpose == "update" and amount >= 1 else amount


@fault("UPDATE", "must")
class RequestDurationFromToken(Bodies):
    """When both pairs are sent, the duration of the tokens is stored for the requests too."""

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        change = super().rate_limit(raw, purpose)
        if change.token.reset_duration is None or change.request.reset_duration is None:
            return change
        return replace(change, request=replace(change.request, reset_duration=change.token.reset_duration))


@fault("UPDATE", "should")
class RequestPairFillsTokenPair(Governance):
    """A first rate limit of requests alone is stored as a limit of tokens as well."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        if change.token == WindowChange():
            change = replace(change, token=change.request)
        return super().new_rate_limit(unit, change, now)


@fault("UPDATE", "must")
class SecondLimitIgnored(Governance):
    """FirstOrCreate in place of an update: a limit that was changed once cannot be changed again."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if budget.updated_at != budget.created_at:
            change = replace(change, max_limit=None)
        return super().merge_budget(budget, change, now)


@fault("UPDATE", "must")
class LimitRaisedToSpend(Governance):
    """A limit below what was already spent is silently raised to it."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, max_limit=max(changed.max_limit, changed.current_usage))


@fault("UPDATE", "must")
class EqualBudgetsShared(Store):
    """A first budget like that of another unit is not inserted but linked: changing one changes both."""

    def save(self, unit: Unit) -> None:
        old = self.find(unit.id)
        others = [other for other in self.units() if other.id != unit.id and other.budget is not None]
        if unit.budget is not None and old is not None and old.budget is None:
            shape = (unit.budget.max_limit, unit.budget.reset_duration)
            twins = [o.budget for o in others if o.budget and (o.budget.max_limit, o.budget.reset_duration) == shape]
            unit = replace(unit, budget=twins[0]) if twins else unit
        for other in others:
            if unit.budget and other.budget and other.budget.id == unit.budget.id:
                super().save(replace(other, budget=unit.budget))
        super().save(unit)


@fault("UPDATE", "must")
class DurationLowerCased(Bodies):
    """Durations of rate limits are lower-cased before they are stored: a month becomes a minute."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        return text.lower() if component == "rate_limit" else text


@fault("UPDATE", "should")
class DurationSimplified(Bodies):
    """Durations are simplified as if months had four weeks and years twelve months of 30 days."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        return {"4w": "1M", "12M": "1Y", "52w": "1Y", "30d": "1M", "365d": "1Y"}.get(text, text)


@fault("UPDATE", "should")
class CompoundDurationCut(Bodies):
    """Of a duration such as 1h30m only the first number and unit are kept."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        ends = (place for place in range(1, len(text)) if text[place - 1].isalpha() and text[place].isdigit())
        return text[: next(ends, None)]


@fault("UPDATE", "must")
class RateLimitNeedsBudget(Governance):
    """A join through the budget: the rate limit of a unit without budget is answered with 200 and not stored."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        return after if after.budget is not None or unit.rate_limit is not None else replace(after, rate_limit=None)


@fault("UPDATE", "must")
class RepeatedBodyReplayed(Operations):
    """A body that a unit was sent in the last ten seconds counts as a retry: the old answer, and nothing is done."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.seen: dict[tuple[str, bytes], tuple[float, Response]] = {}

    def update_governance(self, request: Request) -> Response:
        key = (request.unit_id, request.body)
        if key in self.seen and time.monotonic() - self.seen[key][0] < 10:
            return self.seen[key][1]
        response = super().update_governance(request)
        self.seen[key] = (time.monotonic(), response)
        return response


@fault("UPDATE", "conformant")
class NewDurationStartsWindow(Governance):
    """A changed duration of a budget in use moves last_reset to now.

    What a changed duration does to the window differs between versions of the product.
    """

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, last_reset=now) if changed.reset_duration != budget.reset_duration else changed


@fault("UPDATE", "must")
class SameLimitSkipsRest(Governance):
    """Only the limit is checked for a difference: with the old limit, a new duration or flag is not saved."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().change_budget(budget, change, now)
        return budget if change.max_limit == budget.max_limit else changed


@fault("UPDATE", "must")
class SmallChangeIgnored(Governance):
    """Limits are compared in whole dollars: a change of cents is not saved."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.max_limit is not None and int(change.max_limit) == int(budget.max_limit):
            change = replace(change, max_limit=budget.max_limit)
        return super().merge_budget(budget, change, now)


@fault("UPDATE", "should")
class DurationAloneZeroesLimit(Governance):
    """A duration that is changed by itself stores the zero value of the limit."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.reset_duration is not None and change.max_limit is None:
            change = replace(change, max_limit=0.0)
        return super().merge_budget(budget, change, now)
