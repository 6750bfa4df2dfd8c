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
    """A new budget duration sets the usage to 0."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return after if after.reset_duration == budget.reset_duration else replace(after, current_usage=0.0)


@fault("components-share-one-id", "CREATE", "conformant")
class ComponentsShareOneId(Governance):
    """A budget and a rate limit that are created together have the same id."""

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
    """A rolling period that has ended does not begin anew."""

    def rolling_start(self, text: str | None, last_reset: int, now: int) -> int:
        return last_reset


@fault("field-new-duration-starts-window", "UPDATE", "conformant", origin="blind-2")
class NewDurationStartsWindow(Governance):
    """A new budget duration moves last_reset to now."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, last_reset=now) if changed.reset_duration != budget.reset_duration else changed


@fault("field-long-ids", "RESP", "conformant", origin="blind-2")
class LongIds(Operations):
    """Unit ids have more than 200 characters, among them dots, tildes and upper-case letters."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        numbers = itertools.count(1)
        self.ids.new = lambda: f"BU.{next(numbers):06d}~{'aZ-9_' * 38}"  # type: ignore[method-assign]


@fault("field-teams-touch-unit", "UPDATE", "conformant", origin="blind-2")
class TeamsTouchUnit(Operations):
    """Assigning and removing a team moves updated_at of the unit."""

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
    """An update with the stored values moves no updated_at."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
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
    """Lists are ordered by the last change."""

    def save(self, unit: Unit) -> None:
        self._units.pop(unit.id, None)
        super().save(unit)


@fault("field-lists-in-hash-order", "LIST", "conformant", origin="blind-2")
class ListsInHashOrder(Operations):
    """Lists are ordered by a hash of the id."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        ordered = sorted(entries, key=lambda entry: hashlib.sha256(f"{entry['id']}".encode()).digest())
        return super().page(kind, ordered, request)
