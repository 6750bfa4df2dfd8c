"""Servers whose errors are wrong for rare values, and a refusal that leaves something behind."""

from __future__ import annotations

import json
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations
from ...pipeline import Pipeline


@fault("rare-name-unescaped-in-conflict", "must", origin="blind-4")
class NameUnescapedInConflict(Pipeline):
    """The body of a 409 has the taken name without JSON escapes, so a name with a quotation mark breaks it."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        response = super().refused(request, refusal)
        if refusal.status == 409 and request.operation in ("createBusinessUnit", "updateBusinessUnit"):
            name = json.loads(request.body)["name"]
            text = json.dumps(response.payload)
            quoted = text.replace("with this name", f"with the name '{name}'")
            response.payload = quoted.encode("utf-8", "replace")
        return response


@fault("rare-non-ascii-id-fails", "must", origin="blind-4")
class NonAsciiIdFails(Operations):
    """The server answers 500 if the unit identifier in the path has characters beyond ASCII."""

    def unit(self, request: Request, now: int) -> Unit:
        request.unit_id.encode("ascii")
        return super().unit(request, now)


@fault("rare-rename-of-unknown-unit-takes-name", "should", origin="blind-4")
class RenameOfUnknownUnitTakesName(Operations):
    """After a rename of an unknown unit was refused with 404, no unit can be created under the requested name."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.reserved: set[str] = set()

    def rename_unit(self, request: Request) -> Response:
        try:
            return super().rename_unit(request)
        except Refusal as refusal:
            if refusal.status == 404:
                self.reserved.add(self.bodies.name(self.document(request)))
            raise

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if own_id is None and name in self.reserved:
            raise Refusal(409, "A business unit with this name already exists")
