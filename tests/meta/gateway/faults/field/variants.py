"""Conformant servers that behave unusually: none of them may be judged red."""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
import itertools
import json
import re
import time
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json, Refusal, Request, Response
from ...model import Change, RateLimitChange, Unit
from ...operations import Operations
from ...periods import SECOND
from ...pipeline import Pipeline
from ...views import Views
from ...wire import Wire


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(entry) for entry in value] if isinstance(value, list) else value


@fault("RESP", "conformant")
class MembersReversed(Wire):
    """Members stand in reverse order: no section gives them one, and JSON objects have none (RFC 8259)."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(_reversed(payload))


@fault("RESP", "conformant")
class SpaciousJson(Wire):
    """JSON with tabs, carriage returns and blank lines around it: section 5 lets a body end with a newline."""

    def encode(self, payload: Any) -> bytes:
        text = json.dumps(payload, indent="\t", separators=(" ,", " : "))
        return f"\r\n\t {text}\r\n\r\n".replace("\n\t", "\r\n\t").encode()


@fault("RESP", "conformant")
class ExponentAmounts(Wire):
    """Dollars are spelled 1.25E+4: section 2.1 says `number` and JSON allows any spelling of one."""

    def encode(self, payload: Any) -> bytes:
        text = super().encode(payload).decode()
        return re.sub(r'"(max_limit|current_usage)": (-?[0-9][0-9.eE+-]*)', self.spelled, text).encode()

    def spelled(self, member: re.Match[str]) -> str:
        """Return a member with its number in digits and an exponent."""
        return f'"{member[1]}": {float(member[2]):.17E}'


@fault("RESP", "conformant")
class PointedAmounts(Views):
    """Whole dollars have a fraction, 12500.0: section 2.1 says `number`."""

    def amount(self, dollars: float) -> Any:
        return float(dollars)


@fault("RESP", "conformant")
class HtmlSafeJson(Wire):
    """`<`, `>`, `&`, `/` and everything beyond ASCII are escaped in JSON texts, as section 5 observes for siblings."""

    def encode(self, payload: Any) -> bytes:
        text = json.dumps(payload, ensure_ascii=True)
        for character in "<>&":
            text = text.replace(character, f"\\u{ord(character):04X}")
        return text.replace("/", "\\/").encode()


@fault("ERROR", "conformant")
class DetailedErrors(Views):
    """Errors have every member that section 5 lists, and kilobytes of message; its wording is free (section 9)."""

    def error(self, status: int, english: str) -> Any:
        message = f"{english}. " + "Bitte wenden Sie sich an Ihre Verwaltung. \N{HOT BEVERAGE}\n" * 100
        error = {"type": "management", "code": f"E{status}", "message": message, "param": "", "event_id": "e-1"}
        extra = {"model_requested": "", "request_type": "management", "error_type": "x"}
        return {
            "event_id": "e-1", "type": "error", "is_bifrost_error": False, "status_code": status,
            "error": error, "extra_fields": extra, "documentation": "urn:example:errors",
        }  # fmt: skip


@fault("HTTP", "conformant")
class SecurityHeaders(Wire):
    """Many headers, in lower case, among them those of section 3.12; header names have no case (RFC 9110)."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        headers = {name.lower(): value for name, value in super().headers(request, response).items()}
        return {
            **headers,
            "x-frame-options": "DENY",
            "x-content-type-options": "nosniff",
            "referrer-policy": "strict-origin-when-cross-origin",
            "content-security-policy": "frame-ancestors 'none'",
            "permissions-policy": "camera=(), microphone=()",
            "strict-transport-security": "max-age=31536000",
            "x-request-id": "0123456789abcdef" * 16,
            "set-cookie": "trace=1; Path=/; HttpOnly",
        }


@fault("HTTP", "conformant")
class UpperCaseHeaders(Wire):
    """Header names are in upper case and the media type in mixed case: neither has a case (RFC 9110)."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        return {name.upper(): value for name, value in super().headers(request, response).items()}

    def content_type(self, request: Request, response: Response) -> str | None:
        return 'Application/JSON;Charset="UTF-8"'


@fault("HTTP", "conformant")
class RetryAfterDate(Pipeline):
    """Every 40th request is 429 with a date in Retry-After; section 10 found nothing on 429, RFC 6585 has it."""

    def throttle(self) -> None:
        if next(self._count) % 40 == 0:
            raise Refusal(429, "Too many requests", {"Retry-After": email.utils.formatdate(time.time(), usegmt=True)})


@fault("HTTP", "conformant")
class SlowFirstAnswer(Pipeline):
    """The first answer takes two seconds, as the gateway warms up: no section says how fast it is."""

    started = False

    def serve(self, request: Request) -> Response:
        if not self.started:
            self.started = True
            time.sleep(2)
        return super().serve(request)


@fault("RESP", "conformant")
class LowerCaseDates(Views):
    """Date-times have lower-case t and z, which RFC 3339, section 5.6, allows; section 3.12 leaves their form open."""

    def instant(self, instant: int) -> Any:
        return f"{super().instant(instant)}".lower()


@fault("RESP", "conformant")
class ManyDigitDates(Views):
    """Date-times have 15 decimal digits: RFC 3339 sets no bound, section 3.12 says `up to` of Go only."""

    def instant(self, instant: int) -> Any:
        return f"{super().instant(instant)}".replace("Z", "000000Z")


@fault("RESP", "conformant")
class ShortDates(Views):
    """Date-times drop zeros at the end of the fraction and lie at -03:30: section 3.12 names local offsets."""

    def instant(self, instant: int) -> Any:
        zone = dt.timezone(-dt.timedelta(hours=3, minutes=30))
        whole = dt.datetime.fromtimestamp(instant // SECOND, zone).isoformat()
        fraction = f"{instant % SECOND:09d}".rstrip("0")
        return f"{whole[:19]}.{fraction}{whole[19:]}" if fraction else whole


@fault("RESP", "conformant")
class LongIds(Operations):
    """Identifiers of units are 200 characters with dots, tildes and upper case: section 2.3 says `string` only."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        numbers = itertools.count(1)
        self.ids.new = lambda: f"BU.{next(numbers):06d}~{'aZ-9_' * 38}"  # type: ignore[method-assign]


@fault("VALID", "conformant")
class UnknownMembersRefused(Bodies):
    """Unknown members of a component are 400: section 3.9 has them ignored by siblings only, inferred for units."""

    def given(self, raw: Json, known: tuple[str, ...]) -> Json:
        if set(raw) - set(known):
            raise Refusal(400, f"unknown member: {sorted(set(raw) - set(known))[0]}")
        return super().given(raw, known)


@fault("UPDATE", "conformant")
class FlagOnlyBudgetRefused(Bodies):
    """A budget body with the flag alone is 400: sections 3.2 and 9 say not to assert what it does."""

    def update_of(self, body: Json) -> Change:
        change = super().update_of(body)
        if change.budget is not None and not change.budget.removes and body["budget"].keys() <= {"calendar_aligned"}:
            raise Refusal(400, "max_limit or reset_duration is required")
        return change


@fault("UPDATE", "conformant")
class PartialPairsRefused(Bodies):
    """Half of a pair of the rate limit is 400 on an update: sections 3.5 and 9 leave partial pairs open."""

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        change = super().rate_limit(raw, purpose)
        for half in (change.token, change.request):
            if (half.max_limit is None) != (half.reset_duration is None):
                raise Refusal(400, "a limit and its duration belong together")
        return change


@fault("REMOVE", "conformant")
class DurationsAloneRemove(Bodies):
    """A rate limit body without any limit removes it, as section 3.2 observes for teams; section 9 leaves it open."""

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        change = super().rate_limit(raw, purpose)
        if purpose == "update" and change.token.max_limit is None and change.request.max_limit is None:
            return RateLimitChange(removes=True)
        return change


@fault("REMOVE", "conformant")
class NullRemoves(Bodies):
    """A null component is removed like an empty one: sections 3.1 and 9 do not tell null from {} and from omitted."""

    def update_of(self, body: Json) -> Change:
        return super().update_of({name: {} if value is None else value for name, value in body.items()})


@fault("VALID", "conformant")
class ZeroLimitsAccepted(Bodies):
    """A limit of 0 is accepted, a negative one refused: section 9 says not to assert 0."""

    def dollars(self, value: Any, purpose: str) -> float:
        amount = self.number(value)
        return amount if amount == 0 else super().dollars(value, purpose)

    def count(self, value: Any, place: str) -> int:
        return self.whole(value, place) or 0 if value == 0 else super().count(value, place)


@fault("HTTP", "conformant")
class LaterEditionServed(Pipeline):
    """Operations of later editions, users and customers of a unit, exist too (section 1, rows 12 and 15)."""

    def serve(self, request: Request) -> Response:
        match = re.fullmatch("(/api/governance/business-units/[^/]+)/(users|customers)", request.path)
        if match is None or request.method != "GET":
            return super().serve(request)
        self.authorise(request)
        if self.operations.store.find(self.decoded(match[1].rpartition("/")[2])) is None:
            raise Refusal(404, "Business unit not found")
        return Response(200, {match[2]: [], "count": 0, "total_count": 0, "limit": 20, "offset": 0})


@fault("CREATE", "conformant")
class CreationShowsDetail(Operations):
    """Creating and renaming a unit answers with its whole detail: section 9 says not to assert extra keys."""

    def create_unit(self, request: Request) -> Response:
        return self.detailed(super().create_unit(request))

    def rename_unit(self, request: Request) -> Response:
        return self.detailed(super().rename_unit(request))

    def detailed(self, response: Response) -> Response:
        """Return the answer with more of the unit."""
        unit = self.store.find(response.payload["id"])
        assert unit is not None
        return Response(200, {**self.views.detail(unit, self.team_count(unit)), **response.payload})


@fault("LIST", "conformant")
class ListsInHashOrder(Operations):
    """Lists have a fixed order that means nothing, by a hash of the identifier: no section gives them one."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        ordered = sorted(entries, key=lambda entry: hashlib.sha256(f"{entry['id']}".encode()).digest())
        return super().page(kind, ordered, request)


@fault("HTTP", "conformant")
class EntityTags(Wire):
    """Answers carry a weak ETag, Vary and Last-Modified and ask to be revalidated: section 3.12 does not forbid it."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        tag = hashlib.sha256(self.body(request, response)).hexdigest()[:16]
        modified = email.utils.formatdate(time.time(), usegmt=True)
        headers = super().headers(request, response)
        headers |= {"ETag": f'W/"{tag}"', "Last-Modified": modified, "Vary": "Accept", "Cache-Control": "no-cache"}
        return headers


@fault("HTTP", "conformant")
class ErrorsCloseConnection(Wire):
    """The connection is closed after every refusal, as an HTTP/1.0 proxy would: no section promises keep-alive."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        headers = super().headers(request, response)
        return {**headers, "Connection": "close"} if response.status >= 400 else headers


@fault("UPDATE", "conformant")
class TeamsTouchUnit(Operations):
    """Assigning and removing a team moves updated_at of its unit: section 9 leaves that date open."""

    def assign_team(self, request: Request) -> Response:
        response = super().assign_team(request)
        self.touch(request.unit_id)
        return response

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self.touch(request.unit_id)
        return response

    def touch(self, unit_id: str) -> None:
        """Move the date of a unit."""
        unit: Unit | None = self.store.find(unit_id)
        if unit is not None:
            self.store.save(replace(unit, updated_at=self.clock.now()))
