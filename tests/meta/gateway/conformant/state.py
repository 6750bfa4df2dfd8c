"""Conformant servers that keep state in an unusual way."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..governance import Governance
from ..messages import Json, Request, Response
from ..model import Budget, BudgetChange, Change, Store, Unit
from ..operations import Operations


@fault("usage-zeroed-by-duration-change", "UPDATE", "conformant")
class UsageZeroedByDurationChange(Governance):
    """Changing the duration of a budget zeroes its usage."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return after if after.reset_duration == budget.reset_duration else replace(after, current_usage=0.0)


@fault("components-share-one-id", "CREATE", "conformant")
class ComponentsShareOneId(Governance):
    """A budget and a rate limit that are created together have the same identifier."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if (
            unit.budget is None
            and unit.rate_limit is None
            and after.budget is not None
            and after.rate_limit is not None
        ):
            return replace(after, rate_limit=replace(after.rate_limit, id=after.budget.id))
        return after


@fault("field-window-never-rolls", "UPDATE", "conformant", origin="blind-2")
class WindowNeverRolls(Governance):
    """Nothing resets a budget whose rolling period is over: last_reset of a budget of one second stands still.

    When a window that is over begins anew is on no page: a job may do it later.
    """

    def rolling_start(self, text: str | None, last_reset: int, now: int) -> int:
        return last_reset


@fault("field-new-duration-starts-window", "UPDATE", "conformant", origin="blind-2")
class NewDurationStartsWindow(Governance):
    """A changed duration of a budget in use moves last_reset to now.

    What a changed duration does to the window differs between versions of the product.
    """

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, last_reset=now) if changed.reset_duration != budget.reset_duration else changed


@fault("field-long-ids", "RESP", "conformant", origin="blind-2")
class LongIds(Operations):
    """Identifiers of units are 200 characters with dots, tildes and upper case: section 2.3 says `string` only."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        numbers = itertools.count(1)
        self.ids.new = lambda: f"BU.{next(numbers):06d}~{'aZ-9_' * 38}"  # type: ignore[method-assign]


@fault("field-teams-touch-unit", "UPDATE", "conformant", origin="blind-2")
class TeamsTouchUnit(Operations):
    """Assigning and removing a team moves updated_at of its unit: section 9 leaves that date open."""

    def assign_team(self, request: Request) -> Response:
        response = super().assign_team(request)
        self.touch(request.unit_id)
        return response

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self.touch(request.unit_id)
        return response

    def touch(self, unit_id: str) -> None:
        """Move the date of a unit."""
        unit: Unit | None = self.store.find(unit_id)
        if unit is not None:
            self.store.save(replace(unit, updated_at=self.clock.now()))


@fault("third-same-values-are-no-change", "UPDATE", "conformant", origin="blind-3")
class SameValuesAreNoChange(Governance):
    """An update with the values that are stored already leaves every updated_at where it is."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        """Return the unit after the change, if it is one."""
        after = super().update(unit, change, now)
        kept: dict[str, Any] = {}
        for name in ("budget", "rate_limit"):
            old, new = getattr(unit, name), getattr(after, name)
            if old is not None and new is not None and replace(new, updated_at=old.updated_at) == old:
                kept[name] = old
        after = replace(after, **kept)
        return unit if replace(after, updated_at=unit.updated_at) == unit else after


@fault("third-lately-saved-come-last", "LIST", "conformant", origin="blind-3")
class LatelySavedComeLast(Store):
    """Lists follow the instant of the last change: a unit that is saved moves to the end."""

    def save(self, unit: Unit) -> None:
        """Move the unit to the end."""
        self._units.pop(unit.id, None)
        super().save(unit)


@fault("field-lists-in-hash-order", "LIST", "conformant", origin="blind-2")
class ListsInHashOrder(Operations):
    """Lists have a fixed order that means nothing, by a hash of the identifier: no section gives them one."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        ordered = sorted(entries, key=lambda entry: hashlib.sha256(f"{entry['id']}".encode()).digest())
        return super().page(kind, ordered, request)
