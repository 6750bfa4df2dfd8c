"""Servers that read rare paths and methods wrongly."""

from __future__ import annotations

import contextlib
import re

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline


@fault("rare-lower-case-escapes-kept", "must", origin="blind-4")
class LowerCaseEscapesKept(Pipeline):
    """The server does not decode percent-encodings with hexadecimal digits in lower case, such as %2d."""

    def decoded(self, segment: str) -> str:
        return super().decoded(re.sub("%(?=[0-9A-Fa-f]{2})(?![0-9A-F]{2})", "%25", segment))


@fault("rare-patch-renames", "must", origin="blind-4")
class PatchRenames(Pipeline):
    """A PATCH of a business unit answers 405 but changes the name to the one in its body."""

    def serve(self, request: Request) -> Response:
        try:
            return super().serve(request)
        except Refusal as refusal:
            if refusal.status == 405 and request.method == "PATCH" and request.path.count("/") == 4:
                self.rename(request)
            raise

    def rename(self, request: Request) -> None:
        """Carry out the request as if its method were PUT."""
        self.decode(request)
        request.operation = "updateBusinessUnit"
        with contextlib.suppress(Refusal):
            self.operations.run(request)
