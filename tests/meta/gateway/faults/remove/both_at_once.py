"""A server that carries out only one of two removals."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...messages import Request, Response
from ...model import BudgetChange, Change, RateLimitChange
from ...operations import Operations

_BOTH = Change(BudgetChange(removes=True), RateLimitChange(removes=True))


@fault("quiet-second-of-two-removals-lost", "must", Operations.update_governance, origin="blind-10")
def second_of_two_removals_lost(self: Operations, request: Request) -> Response:
    """An update that removes both components at once answers without them but keeps the rate limit."""
    before = self.store.find(request.unit_id)
    response = Operations.update_governance(self, request)
    after = self.store.find(request.unit_id)
    if before is not None and after is not None and self.bodies.update(self.document(request)) == _BOTH:
        self.store.save(replace(after, rate_limit=before.rate_limit))
    return response
