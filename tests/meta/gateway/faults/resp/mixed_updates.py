"""Faults of responses to updates that remove one component and set the other."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request, Response
from ...operations import Operations


@fault("subtle-removed-id-beside-set-component", "must", Operations.update_governance, origin="blind-12")
def removed_id_beside_set_component(self: Operations, request: Request) -> Response:
    """The response to an update that removes one component and sets the other has the id of the removed one."""
    before = self.store.find(request.unit_id)
    response = Operations.update_governance(self, request)
    after = self.store.find(request.unit_id)
    if before is None or after is None:
        return response
    view = response.payload["business_unit"]
    if before.budget and not after.budget and after.rate_limit and after.rate_limit != before.rate_limit:
        view["budget_id"] = before.budget.id
    if before.rate_limit and not after.rate_limit and after.budget and after.budget != before.budget:
        view["rate_limit_id"] = before.rate_limit.id
    return response
