"""Conformant servers that keep state in an unusual way."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from typing import Any

from ..assembly import conformant
from ..governance import Governance
from ..messages import Json, Request, Response
from ..model import Budget, BudgetChange, Change, Store, Unit
from ..operations import Operations


@conformant("usage-zeroed-by-duration-change", Governance.merge_budget)
def usage_zeroed_by_duration_change(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """A new budget duration sets the usage to 0."""
    after = Governance.merge_budget(self, budget, change, now)
    return after if after.reset_duration == budget.reset_duration else replace(after, current_usage=0.0)


@conformant("components-share-one-id", Governance.update)
def components_share_one_id(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """A budget and a rate limit that are created together have the same id."""
    after = Governance.update(self, unit, change, now)
    if unit.budget is None and unit.rate_limit is None and after.budget is not None and after.rate_limit is not None:
        return replace(after, rate_limit=replace(after.rate_limit, id=after.budget.id))
    return after


@conformant("field-window-never-rolls", Governance.rolling_start, origin="blind-2")
def window_never_rolls(self: Governance, text: str | None, last_reset: int, now: int) -> int:
    """A rolling period that has ended does not begin anew."""
    return last_reset


@conformant("field-new-duration-starts-window", Governance.merge_budget, origin="blind-2")
def new_duration_starts_window(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """A new budget duration moves last_reset to now."""
    changed = Governance.merge_budget(self, budget, change, now)
    return replace(changed, last_reset=now) if changed.reset_duration != budget.reset_duration else changed


@conformant("field-long-ids", origin="blind-2")
class LongIds(Operations):
    """Unit ids have more than 200 characters, among them dots, tildes and upper-case letters."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        numbers = itertools.count(1)
        self.ids.new = lambda: f"BU.{next(numbers):06d}~{'aZ-9_' * 38}"  # type: ignore[method-assign]


@conformant("field-teams-touch-unit", origin="blind-2")
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


@conformant("third-same-values-are-no-change", Governance.update, origin="blind-3")
def same_values_are_no_change(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """An update with the stored values moves no updated_at."""
    after = Governance.update(self, unit, change, now)
    kept: dict[str, Any] = {}
    for name in ("budget", "rate_limit"):
        old, new = getattr(unit, name), getattr(after, name)
        if old is not None and new is not None and replace(new, updated_at=old.updated_at) == old:
            kept[name] = old
    after = replace(after, **kept)
    return unit if replace(after, updated_at=unit.updated_at) == unit else after


@conformant("third-lately-saved-come-last", Store.save, origin="blind-3")
def lately_saved_come_last(self: Store, unit: Unit) -> None:
    """Lists are ordered by the last change."""
    self._units.pop(unit.id, None)
    Store.save(self, unit)


@conformant("field-lists-in-hash-order", Operations.page, origin="blind-2")
def lists_in_hash_order(self: Operations, kind: str, entries: list[Json], request: Request) -> Response:
    """Lists are ordered by a hash of the id."""
    ordered = sorted(entries, key=lambda entry: hashlib.sha256(f"{entry['id']}".encode()).digest())
    return Operations.page(self, kind, ordered, request)
