"""Servers whose refusals disclose something."""

from __future__ import annotations

import urllib.parse
import uuid

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline
from ...security import Security
from .request_parts import authorization, token


@fault("key-disclosed", "should", Security.refusal_message)
def key_disclosed(self: Security, request: Request) -> str:
    """The 401 response contains the key that was expected."""
    return f"Unauthorized: expected {self.credentials.api_key}"


@fault("credential-echoed", "should", Security.refusal_message, proves=("AUTH-16",))
def credential_echoed(self: Security, request: Request) -> str:
    """The 401 response repeats the credential that was refused."""
    return f"Unauthorized: {authorization(request)}"


@fault("refusal-tells-the-kind", "should", Security.refusal_message, proves=("AUTH-17",))
def refusal_tells_the_kind(self: Security, request: Request) -> str:
    """The 401 response says that the credential is a virtual key."""
    known = self.same(token(request), self.credentials.virtual_key)
    return "Virtual keys are not allowed here" if known else "Unauthorized"


@fault("field-refusal-names-reason", "should", Security.refusal_message, origin="blind-2")
def refusal_names_reason(self: Security, request: Request) -> str:
    """The 401 response says whether the header, its form or the key was wrong."""
    value = request.headers.get("Authorization") or ""
    if not value:
        return "Authorization header missing"
    return "unknown API key" if value.startswith("Bearer ") else "unsupported authorization scheme"


def _authorise(self: Pipeline, request: Request) -> None:
    """Refuse a bad credential, and say whether the unit in the path exists."""
    try:
        Pipeline.authorise(self, request)
    except Refusal as refusal:
        identifier = urllib.parse.unquote(request.parameters.get("id", ""))
        if identifier and self.operations.store.find(identifier) is None:
            raise Refusal(refusal.status, "Unauthorized: no such business unit", refusal.headers) from refusal
        raise


@fault("refusal-tells-of-the-unit", "should", Pipeline.authorise, proves=("AUTH-22",))
def refusal_tells_of_the_unit(self: Pipeline, request: Request) -> None:
    """The 401 response says whether the unit in the path exists."""
    _authorise(self, request)


@fault("varying-refusal-tells-of-the-unit", "should")
class VaryingRefusal(Pipeline):
    """Each 401 response has another trace, and says whether the unit in the path exists."""

    def authorise(self, request: Request) -> None:
        _authorise(self, request)

    def refused(self, request: Request, refusal: Refusal) -> Response:
        response = super().refused(request, refusal)
        response.payload["trace"] = str(uuid.uuid4())
        return response
