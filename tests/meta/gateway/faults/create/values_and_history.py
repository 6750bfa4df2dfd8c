"""Servers that create units and governance wrongly for unusual values, or after a deletion or a conflict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import HalfChange, RateLimit, RateLimitChange, Unit
from ...operations import Operations


@fault("fresh-names-compared-by-prefix", "must", Operations.compared_form, origin="blind-5")
def names_compared_by_prefix(self: Operations, name: str) -> str:
    """The server compares only the first 64 characters of names and answers 409 if they are those of another unit."""
    return name[:64]


@fault("fresh-equal-pairs-merged", "must", origin="blind-5")
class EqualPairsMerged(Governance):
    """A first rate limit whose token pair and request pair are equal is stored without the request pair."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        if change.token == change.request:
            change = replace(change, request=HalfChange())
        return super().new_rate_limit(unit, change, now)


@fault("fresh-recreated-name-not-unique", "must", origin="blind-5")
class RecreatedNameNotUnique(Operations):
    """A name that a deleted unit had can be given to any number of new units."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: set[str] = set()

    def delete_unit(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        self.deleted.add(unit.name)
        return super().delete_unit(request)

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if name not in self.deleted:
            super().check_name_is_free(name, own_id)


@fault("fresh-name-conflict-clears-governance", "must", origin="blind-5")
class NameConflictClearsGovernance(Operations):
    """The creation of a unit with a taken name answers 409 but removes the governance of the unit with this name."""

    def create_unit(self, request: Request) -> Response:
        try:
            return super().create_unit(request)
        except Refusal as refusal:
            if refusal.status == 409:
                self.overwrite(self.bodies.name(self.document(request)))
            raise

    def overwrite(self, name: str) -> None:
        """Write the row of a new unit over that of the unit with this name."""
        for unit in self.store.units():
            if unit.name == name:
                self.store.save(replace(unit, budget=None, rate_limit=None))
