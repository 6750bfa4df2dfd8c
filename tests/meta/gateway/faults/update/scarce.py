"""Servers whose updates go wrong for rare numbers and durations, or after rare sequences of updates."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Request, Response
from ...model import Change, Half, HalfChange, RateLimit, Unit
from ...operations import Operations

_PARTS = re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h)")
_SIZES = {"ns": 0, "us": 1, "µs": 1, "ms": 2, "s": 3, "m": 4, "h": 5}


@fault("scarce-sign-of-exponent-lost", "must", origin="blind-9")
class SignOfExponentLost(Bodies):
    """The server reads a number with a negative exponent as if the exponent were positive, so 25e-1 becomes 250."""

    def parse(self, body: bytes) -> Any:
        super().parse(body)
        return json.loads(body, parse_float=_without_sign, object_pairs_hook=self.members)


def _without_sign(text: str) -> float:
    return float(re.sub("([eE])-", r"\1", text))


@fault("scarce-unordered-duration-parts-lost", "must", Bodies.duration, origin="blind-9")
def unordered_duration_parts_lost(self: Bodies, value: Any, component: str) -> str:
    """The server drops each part of a duration whose unit is not smaller than the units before it, as in 30m1h."""
    text = Bodies.duration(self, value, component)
    kept, smallest = "", 6
    for number, unit in _PARTS.findall(text):
        if _SIZES[unit] < smallest:
            kept, smallest = f"{kept}{number}{unit}", _SIZES[unit]
    return kept or text


@fault("scarce-close-counts-taken-as-equal", "must", Governance.change_half, origin="blind-9")
def close_counts_taken_as_equal(self: Governance, half: Half, change: HalfChange, now: int) -> Half:
    """An update ignores a token or request limit that differs from the stored one by less than a billionth of it."""
    changed = Governance.change_half(self, half, change, now)
    if half.max_limit is None or changed.max_limit is None or not math.isclose(half.max_limit, changed.max_limit):
        return changed
    return replace(changed, max_limit=half.max_limit)


@fault("scarce-equal-body-for-next-unit-lost", "must", origin="blind-9")
class EqualBodyForNextUnitLost(Operations):
    """An update answers 200 and stores nothing if the request just before it sent the same body to another unit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.previous: tuple[str, bytes] | None = None

    def run(self, request: Request) -> Response:
        previous, self.previous = self.previous, None
        repeats = previous is not None and previous[0] != request.parameters.get("id") and previous[1] == request.body
        with self.store.transaction():
            before = self.store.find(request.parameters.get("id", ""))
            response = super().run(request)
            if request.operation == "updateBusinessUnitGovernance":
                self.previous = (request.unit_id, request.body)
                if repeats and before is not None:
                    self.store.save(before)
        return response


@fault("scarce-next-budget-restores-rate-limit", "must", origin="blind-9")
class NextBudgetRestoresRateLimit(Governance):
    """A budget that is set after one was removed puts the rate limit back to its state at the removal."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.kept: dict[str, RateLimit] = {}

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if unit.budget is not None and after.budget is None and after.rate_limit is not None:
            self.kept[unit.id] = after.rate_limit
        elif unit.budget is None and after.budget is not None:
            kept = self.kept.pop(unit.id, None)
            if kept is not None and after.rate_limit is not None and kept.id == after.rate_limit.id:
                return replace(after, rate_limit=kept)
        return after


@fault("scarce-empty-update-repeats-last", "must", origin="blind-9")
class EmptyUpdateRepeatsLast(Operations):
    """The update {} of a unit whose governance was deleted carries out the last update of the unit once more."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.last: dict[str, bytes] = {}

    def update_governance(self, request: Request) -> Response:
        empty = self.bodies.update(self.document(request)) == Change()
        unit = self.unit(request, self.clock.now())
        if empty and unit.budget is None and unit.rate_limit is None:
            return super().update_governance(replace(request, body=self.last.get(unit.id, request.body)))
        response = super().update_governance(request)
        if not empty:
            self.last[unit.id] = request.body
        return response
