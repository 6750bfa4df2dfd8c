"""Servers that confuse spellings of one path."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Request, Response
from ...model import Unit
from ...operations import UNITS, Operations


@fault("seldom-cache-knows-one-spelling-of-path", "must", origin="blind-11")
class CacheKnowsOneSpellingOfPath(Operations):
    """A unit that was read is shown without the changes of requests that spell its id with other percent-escapes."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.cache: dict[str, Unit] = {}

    def run(self, request: Request) -> Response:
        if request.method != "GET":
            self.cache.pop(self.spelling(request), None)
        return super().run(request)

    def get_unit(self, request: Request) -> Response:
        unit = self.cache.get(self.spelling(request)) or self.unit(request, self.clock.now())
        unit = self.governance.refresh(unit, self.clock.now())
        self.cache[self.spelling(request)] = unit
        return Response(200, self.views.detail(unit, self.team_count(unit)))

    def spelling(self, request: Request) -> str:
        """Return the identifier in the path as it was sent."""
        return request.path.removeprefix(f"{UNITS}/").partition("/")[0]
