"""The third set: lists, requests at once, HTTP; and servers that are only unusual."""

from __future__ import annotations

import itertools
import re
import time
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Json, Request, Response
from ...model import Change, Store, Unit
from ...operations import Operations
from ...pipeline import Pipeline
from ...security import Security
from ...settings import Settings
from ...views import Views
from ...wire import Wire


@fault("LIST", "must")
class SearchIsAPattern(Operations):
    """The text to search for is handed to a regular expression, so a point matches any character."""

    def matches(self, name: str, search: str) -> bool:
        """Return whether the pattern is found in the name."""
        try:
            return re.search(search, name, re.IGNORECASE) is not None
        except re.error:
            return super().matches(name, search)


@fault("LIST", "must")
class ListedTeamCountIsCached(Operations):
    """The list caches team_count until the unit itself is saved, so assigning a team does not show; GET counts."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._counts: dict[tuple[str, int], int] = {}

    def list_units(self, request: Request) -> Response:
        """List business units with the counts of the first look."""
        items = [
            self.views.item(unit, self._counts.setdefault((unit.id, unit.updated_at), self.team_count(unit)))
            for unit in self.store.units()
        ]
        return self.page("business_units", items, request)


@fault("LIST", "must")
class ListIsRebuiltWhenItsLengthChanges(Operations):
    """The index behind the list is rebuilt when the number of units differs: one deleted, one created goes unseen."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._index: list[Unit] = []

    def list_units(self, request: Request) -> Response:
        """List the units of the index."""
        if len(self._index) != len(self.store.units()):
            self._index = self.store.units()
        latest = [self.store.find(unit.id) or unit for unit in self._index]
        return self.page("business_units", [self.views.item(unit, self.team_count(unit)) for unit in latest], request)


# requests at once


@fault("HTTP", "conformant")
class MethodOverrideHonoured(Pipeline):
    """A header of the old form library is still honoured: a POST that names another method is carried out as that."""

    def route(self, request: Request) -> list[str] | None:
        """Route by the method of the header."""
        if request.method == "POST":
            request.method = request.headers.get("X-HTTP-Method-Override", "POST").upper()
        return super().route(request)


@fault("HTTP", "must")
class TwentiethAnswerHasNoType(Wire):
    """Recycled answer buffers lose their headers: every twentieth answer of the server comes without Content-Type."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._sent = itertools.count(1)

    def content_type(self, request: Request, response: Response) -> str | None:
        """Return the media type, nineteen times of twenty."""
        return None if next(self._sent) % 20 == 0 else super().content_type(request, response)


# servers that are only unusual


@fault("LIST", "conformant")
class LatelySavedComeLast(Store):
    """Lists follow the instant of the last change: a unit that is saved moves to the end."""

    def save(self, unit: Unit) -> None:
        """Move the unit to the end."""
        self._units.pop(unit.id, None)
        super().save(unit)


@fault("UPDATE", "conformant")
class SameValuesAreNoChange(Governance):
    """An update with the values that are stored already leaves every updated_at where it is."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        """Return the unit after the change, if it is one."""
        after = super().update(unit, change, now)
        kept: dict[str, Any] = {}
        for name in ("budget", "rate_limit"):
            old, new = getattr(unit, name), getattr(after, name)
            if old is not None and new is not None and replace(new, updated_at=old.updated_at) == old:
                kept[name] = old
        after = replace(after, **kept)
        return unit if replace(after, updated_at=unit.updated_at) == unit else after


@fault("LIFE", "conformant")
class TakenNameBeforeMissingUnit(Operations):
    """Renaming looks whether the name is free before it looks for the unit, so 409 comes before 404."""

    def rename_unit(self, request: Request) -> Response:
        """Change the name of a unit."""
        self.check_name_is_free(self.bodies.name(self.document(request)), request.unit_id)
        return super().rename_unit(request)


@fault("ALIGN", "conformant")
class UpdateOmitsFalseFlag(Views):
    """Governance answers omit calendar_aligned where it is false, its default; GET shows it."""

    def unit(self, unit: Unit) -> Json:
        """Return the unit without a flag that is false."""
        view = super().unit(unit)
        if "budget" in view and not view["budget"]["calendar_aligned"]:
            del view["budget"]["calendar_aligned"]
        return view


@fault("HTTP", "conformant")
class BalancerSetsCookies(Wire):
    """A load balancer in front sets a cookie with each answer, another one each time."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        """Return the headers with a cookie."""
        return {**super().headers(request, response), "Set-Cookie": f"lb={time.time_ns()}; Path=/; HttpOnly"}


@fault("AUTH", "conformant")
class RefusalsThatSayMore(Security):
    """Refusals of callers have a long message in another script, the same for whatever was wrong."""

    def refusal_message(self, request: Request) -> str:
        """Return what the answer says."""
        return "認証情報がないか、無効です。\n" * 20 + "<&>\"'"
