"""Faults of error messages that contain the name of a unit."""

from __future__ import annotations

import json

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline


@fault("subtle-quoted-name-breaks-error", "must", Pipeline.refused, origin="blind-12")
def quoted_name_breaks_error(self: Pipeline, request: Request, refusal: Refusal) -> Response:
    """The 409 response to a taken name with a quotation mark or backslash has the name unescaped in its message."""
    response = Pipeline.refused(self, request, refusal)
    if refusal.status != 409 or request.operation not in ("createBusinessUnit", "updateBusinessUnit"):
        return response
    message = f'A business unit named \\"{json.loads(request.body)["name"]}\\" already exists'
    text = json.dumps(response.payload).replace(response.payload["error"]["message"], message)
    return Response(409, text.encode(), refusal.headers)
