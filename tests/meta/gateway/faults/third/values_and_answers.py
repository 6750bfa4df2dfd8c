"""The third set: alignment, what bodies may be, errors, answers and the life of units."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Refusal, Request, Response
from ...model import Budget, BudgetChange, Change, Unit
from ...operations import Operations
from ...periods import SECOND, is_alignable, midnight
from ...pipeline import Pipeline
from ...settings import Settings
from ...views import Views

# alignment


@fault("ALIGN", "must")
class YearBeginsOnTodaysDay(Governance):
    """The start of an aligned year sets the month to January and forgets the day of the month."""

    def period_start(self, budget: Budget, now: int) -> int:
        """Go back to January."""
        if not budget.reset_duration.endswith("Y"):
            return super().period_start(budget, now)
        return midnight(dt.datetime.fromtimestamp(now // SECOND, dt.UTC).date().replace(month=1))


@fault("ALIGN", "must")
class MidnightKeepsTheFraction(Governance):
    """Turning alignment on cuts hours, minutes and seconds off last_reset but leaves the fraction of the second."""

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        """Begin the period a fraction of a second after its boundary."""
        enabled = super().enable_alignment(budget, now)
        return replace(enabled, last_reset=enabled.last_reset + now % SECOND)


@fault("ALIGN", "must")
class NullFlagRefusedInWholeBudget(Bodies):
    """An update with limit and duration is validated as a creation, so its calendar_aligned may not be null."""

    def update_of(self, body: Json) -> Change:
        """Refuse a null flag beside the two other fields."""
        raw = body.get("budget")
        whole = isinstance(raw, dict) and "max_limit" in raw and "reset_duration" in raw
        if whole and raw.get("calendar_aligned", False) is None:
            raise Refusal(400, "calendar_aligned must be a boolean")
        return super().update_of(body)


@fault("ALIGN", "should")
class FirstAlignedWeekBeginsNow(Governance):
    """A first budget on calendar weeks begins at its creation; only days, months and years begin with the calendar."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        """Begin weeks now."""
        budget = super().new_budget(unit, change, now)
        return replace(budget, last_reset=now) if budget.reset_duration.endswith("w") else budget


@fault("ALIGN", "must")
class RefusedAlignmentSavesRateLimit(Operations):
    """Alignment is checked after the rate limit was saved, so a body refused for 1h aligned still changes that."""

    def update_governance(self, request: Request) -> Response:
        """Save the rate limit of a body that is refused for its alignment."""
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            unit = self.store.find(request.unit_id)
            if refusal.message.startswith("calendar_aligned needs") and unit is not None:
                change = self.bodies.update(self.document(request))
                if change.rate_limit is not None:
                    self.store.save(self.governance.update(unit, replace(change, budget=None), self.clock.now()))
            raise


# what bodies may be


@fault("VALID", "must")
class LimitBelowOneCentRefused(Bodies):
    """The dashboard's smallest amount was copied into the server, so a budget of 0.005 dollars is refused."""

    def dollars(self, value: Any, purpose: str) -> float:
        """Refuse what is less than a cent."""
        amount = super().dollars(value, purpose)
        if amount < 0.01:
            raise Refusal(400, "budget max limit must be at least 0.01")
        return amount


@fault("VALID", "must")
class FalseFlagNeedsDays(Governance):
    """The alignment rule looks at whether the flag is given, so calendar_aligned false with 1h is refused."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        """Refuse a flag beside a short duration, whatever it says."""
        super().check_alignment(budget, change)
        if change.calendar_aligned is not None and not is_alignable(budget.reset_duration):
            raise Refusal(400, "calendar_aligned needs a reset_duration in days, weeks, months or years")


@fault("VALID", "should")
class CompoundDurationsCutShort(Bodies):
    """The column for durations was narrowed to ten characters, so 2h30m15s500ms is refused."""

    def check_duration(self, text: str, component: str) -> None:
        """Refuse more than ten characters."""
        super().check_duration(text, component)
        if len(text) > 10:
            raise Refusal(400, f"invalid {component} reset duration")


@fault("VALID", "should")
class MicroSignRefused(Bodies):
    """Durations are checked as ASCII before they are parsed, so 500µs is refused while 500us is accepted."""

    def check_duration(self, text: str, component: str) -> None:
        """Refuse what is not ASCII."""
        super().check_duration(text, component)
        if not text.isascii():
            raise Refusal(400, f"invalid {component} reset duration")


# errors


@fault("ERROR", "should")
class ConflictBodySaysBadRequest(Views):
    """Conflicts are made from the bad-request template: the status is 409 and status_code in the body says 400."""

    def error(self, status: int, english: str) -> Any:
        """Return the error with the number of the template."""
        error = super().error(status, english)
        return {**error, "status_code": 400} if status == 409 else error


@fault("ERROR", "must")
class DeletedUnitIsGone(Operations):
    """Deleted units are remembered and answer 410 to whatever asks for them, where 404 is documented."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._deleted: set[str] = set()

    def delete_unit(self, request: Request) -> Response:
        """Remember the unit."""
        response = super().delete_unit(request)
        self._deleted.add(request.unit_id)
        return response

    def unit(self, request: Request, now: int) -> Unit:
        """Refuse a deleted unit with 410."""
        if request.unit_id in self._deleted:
            raise Refusal(410, "Business unit was deleted")
        return super().unit(request, now)


@fault("ERROR", "must")
class MissingTeamInOldErrorForm(Views):
    """The lookup of teams writes its error in the form of the first release, where error is a string."""

    def error(self, status: int, english: str) -> Any:
        """Return the old form for a team that is not found."""
        error = super().error(status, english)
        return {**error, "error": english, "message": english} if english == "Team not found" else error


@fault("ERROR", "should")
class UndecodableIdentifierBreaks(Pipeline):
    """An identifier that is not UTF-8 after percent-decoding raises in the router and answers 500."""

    def decoded(self, segment: str) -> str:
        """Return a path segment decoded, or break."""
        try:
            return super().decoded(segment)
        except Refusal as refusal:
            raise RuntimeError(segment) from refusal


# answers


@fault("RESP", "must")
class UnusedRequestsAreOmitted(Views):
    """The detail view drops empty numbers, so request_current_usage is missing from GET as long as it is 0."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        """Return the unit without a zero of requests."""
        view = super().detail(unit, team_count)
        if "rate_limit" in view and not view["rate_limit"]["request_current_usage"]:
            del view["rate_limit"]["request_current_usage"]
        return view


@fault("RESP", "must")
class DetailRoundsLimit(Views):
    """GET formats max_limit to two decimals for display, while PUT and the store have it in full."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        """Return the unit with its limit in cents."""
        if unit.budget is not None:
            unit = replace(unit, budget=replace(unit.budget, max_limit=round(unit.budget.max_limit, 2)))
        return super().detail(unit, team_count)


@fault("RESP", "should")
class BudgetIdOfTheFirstBudget(Views):
    """The unit's budget_id is never refreshed, so after removal and creation anew it names the budget that is gone."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._first: dict[str, str] = {}

    def component_ids(self, unit: Unit) -> Json:
        """Return the identifier that the unit got first."""
        view = super().component_ids(unit)
        if "budget_id" in view:
            view["budget_id"] = self._first.setdefault(unit.id, view["budget_id"])
        return view


# the life of units


@fault("LIFE", "should")
class UnitsAnswerToTheirNames(Operations):
    """An identifier that nothing has is looked up among the names, so a unit's name in the path finds it."""

    def unit(self, request: Request, now: int) -> Unit:
        """Return the unit of that identifier or name."""
        named = next((unit for unit in self.store.units() if unit.name == request.unit_id), None)
        if self.store.find(request.unit_id) is None and named is not None:
            request.parameters["id"] = named.id
        return super().unit(request, now)


@fault("LIFE", "should")
class NamesBeyondTheBasicPlane(Bodies):
    """The column of names holds three bytes a character, so a name with an emoji is refused."""

    def check_name(self, name: str) -> None:
        """Refuse characters of four bytes."""
        super().check_name(name)
        if any(character > "\uffff" for character in name):
            raise Refusal(400, "name has characters that cannot be stored")
