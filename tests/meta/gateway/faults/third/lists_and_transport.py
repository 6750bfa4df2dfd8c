"""The third set: lists, requests at once, HTTP; and servers that are only unusual."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
import time
import urllib.parse
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Json, Refusal, Request, Response
from ...model import Change, Store, Unit
from ...operations import Operations
from ...periods import SECOND
from ...pipeline import Pipeline
from ...security import Security
from ...settings import Settings
from ...views import Views
from ...wire import Wire

_PAUSE = 0.03

# lists


@fault("LIST", "must")
class SearchIsAPattern(Operations):
    """The text to search for is handed to a regular expression, so a point matches any character."""

    def matches(self, name: str, search: str) -> bool:
        """Return whether the pattern is found in the name."""
        try:
            return re.search(search, name, re.IGNORECASE) is not None
        except re.error:
            return super().matches(name, search)


@fault("LIST", "should")
class SearchFoldsAsciiOnly(Operations):
    """Searching lowers the letters A to Z only, so über does not find ÜBER."""

    def matches(self, name: str, search: str) -> bool:
        """Return whether the name contains the text, in any case of ASCII."""
        return search.encode().lower() in name.encode().lower()


@fault("LIST", "must")
class SearchNeedsTeams(Operations):
    """A search joins units with their teams, so a unit without a team is never found."""

    def list_units(self, request: Request) -> Response:
        """List the units that have a team, if there is a text to search for."""
        counted = [(unit, self.team_count(unit)) for unit in self.store.units()]
        searches = bool(self.paging(request)[2])
        items = [self.views.item(unit, count) for unit, count in counted if count or not searches]
        return self.page("business_units", items, request)


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


class _Unlocked(Operations):
    """Operations of which one is carried out without the lock."""

    unlocked = ""

    def run(self, request: Request) -> Response:
        """Return the answer to a request. Raises Refusal."""
        return self.table[self.unlocked](request) if request.operation == self.unlocked else super().run(request)


@fault("CONC", "must")
class TwinNames(_Unlocked):
    """Whether a name is free is asked before the insert and outside its transaction: two clients both get it."""

    unlocked = "createBusinessUnit"

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        """Look, then wait for the database."""
        super().check_name_is_free(name, own_id)
        if own_id is None:
            time.sleep(_PAUSE)


@fault("CONC", "must")
class TwinGovernance(_Unlocked):
    """Two creations of governance at once both find none and both answer 200; the later one wins."""

    unlocked = "createBusinessUnitGovernance"

    def check_ungoverned(self, unit: Unit) -> None:
        """Look, then wait for the database."""
        super().check_ungoverned(unit)
        time.sleep(_PAUSE)


@fault("CONC", "must")
class AnswerOfTheNeighbour(_Unlocked):
    """The handler keeps the unit that it answers with in a shared field, so an update can show another one's unit."""

    unlocked = "updateBusinessUnitGovernance"

    def update_governance(self, request: Request) -> Response:
        """Save under the lock, answer outside of it."""
        with self.store.transaction():
            super().update_governance(request)
            self._latest = self.unit(request, self.clock.now())
        time.sleep(_PAUSE / 2)
        return Response(200, self.views.governed("Business unit governance updated successfully", self._latest))


# HTTP


@fault("HTTP", "should")
class MediaTypeComparedByCase(Operations):
    """The type of a body is compared letter by letter, so Application/JSON is refused with 415."""

    def document(self, request: Request) -> Any:
        """Refuse a media type in capitals."""
        media_type = request.headers.get("Content-Type", "").partition(";")[0].strip()
        if media_type.lower() == "application/json" != media_type:
            raise Refusal(415, "Content-Type must be application/json")
        return super().document(request)


@fault("HTTP", "should")
class AcceptIsNotParsed(Pipeline):
    """The Accept header must have application/json or */* as an entry to the letter: a weight leads to 406."""

    def authorise(self, request: Request) -> None:
        """Refuse what is not accepted to the letter."""
        super().authorise(request)
        entries = [entry.strip() for entry in request.headers.get("Accept", "*/*").split(",")]
        if "*/*" not in entries and "application/json" not in entries:
            raise Refusal(406, "Not acceptable")


@fault("HTTP", "should")
class IdentifiersDecodedTwice(Pipeline):
    """The router decodes the path and the handler decodes it again, so %252D stands for a hyphen and finds a unit."""

    def decoded(self, segment: str) -> str:
        """Return a path segment decoded twice."""
        return urllib.parse.unquote(super().decoded(segment))


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


@fault("ERROR", "conformant")
class ErrorsCarryEveryOptionalMember(Views):
    """Errors have every member that the schema names, some of them empty."""

    def error(self, status: int, english: str) -> Any:
        """Return the error with all its members."""
        error = super().error(status, english)
        more = {"type": "management", "code": f"E{status}", "param": "", "event_id": "evt-1"}
        extra = {"provider": "", "model_requested": "", "request_type": ""}
        inner = {**error["error"], **more}
        return {"event_id": "evt-1", "type": "error", **error, "error": inner, "extra_fields": extra}


@fault("HTTP", "conformant")
class LowerCaseHeaderNames(Wire):
    """Header names are in lower case, as after a proxy that speaks HTTP/2."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        """Return the headers in lower case."""
        return {name.lower(): value for name, value in super().headers(request, response).items()}


@fault("RESP", "conformant")
class IndentedBackwards(Wire):
    """Answers are indented by tabs, the members of each object in reverse, a line break before and after."""

    def encode(self, payload: Any) -> bytes:
        """Return a value as JSON text for people who read from below."""
        if isinstance(payload, bytes):
            return payload
        text = json.dumps(self.reversed(payload), indent="\t")
        return f"\r\n{text}\r\n".encode()

    def reversed(self, value: Any) -> Any:
        """Return the value with its members in reverse."""
        if isinstance(value, dict):
            return {name: self.reversed(value[name]) for name in reversed(value)}
        return [self.reversed(entry) for entry in value] if isinstance(value, list) else value


@fault("HTTP", "conformant")
class MediaTypeInCapitals(Wire):
    """The media type of answers is written Application/JSON with a quoted charset."""

    def content_type(self, request: Request, response: Response) -> str | None:
        """Return the media type in another spelling."""
        return 'Application/JSON ; Charset="UTF-8"'


@fault("RESP", "conformant")
class InstantsOfTheMarquesas(Views):
    """Date-times have the offset -09:30 and no trailing zeros in the fraction, or no fraction at all."""

    def instant(self, instant: int) -> Any:
        """Return a date-time (RFC 3339)."""
        whole, fraction = divmod(instant, SECOND)
        zone = dt.timezone(-dt.timedelta(hours=9, minutes=30))
        text = dt.datetime.fromtimestamp(whole, zone).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{text}.{fraction:09d}".rstrip("0").rstrip(".") + "-09:30"


@fault("RESP", "conformant")
class AmountsWithAPoint(Views):
    """Amounts of dollars always have a fraction: 15000.0 and 0.0."""

    def amount(self, dollars: float) -> Any:
        """Return a number of dollars as it is kept."""
        return float(dollars)


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
