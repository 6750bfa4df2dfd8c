"""A server that checks the name of a rename too early."""

from __future__ import annotations

import time

from ...assembly import fault
from ...messages import Request, Response
from ...operations import Operations
from .overlapping import PAUSE


@fault("quiet-simultaneous-renames-share-name", "must", origin="blind-10")
class SimultaneousRenamesShareName(Operations):
    """Simultaneous renames of several units to one name all succeed."""

    def run(self, request: Request) -> Response:
        return self.rename_unit(request) if request.operation == "updateBusinessUnit" else super().run(request)

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if own_id is not None:
            time.sleep(PAUSE)
