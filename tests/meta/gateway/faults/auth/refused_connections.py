"""A server that keeps its decision about a credential for the connection."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security


@fault("quiet-refused-connection-stays-refused", "must", origin="blind-10")
class RefusedConnectionStaysRefused(Security):
    """A connection that has carried a wrong Authorization header is refused from then on, even with the key."""

    def allows(self, request: Request) -> bool:
        allowed = super().allows(request) and not request.connection.get("refused", False)
        if not allowed and "Authorization" in request.headers:
            request.connection["refused"] = True
        return allowed
