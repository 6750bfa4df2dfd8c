"""Conformant servers with unusual response bodies."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from ..assembly import conformant
from ..messages import Json, Request, Response
from ..model import Unit
from ..operations import Operations
from ..periods import SECOND
from ..security import Security
from ..views import Views
from ..wire import Wire

_FRACTION = re.compile(r"(\d\d:\d\d:\d\d)\.\d+")


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(entry) for entry in value] if isinstance(value, list) else value


@conformant("field-members-reversed", Wire.encode, origin="blind-2")
def members_reversed(self: Wire, payload: Any) -> bytes:
    """Members of objects are in reverse order."""
    return Wire.encode(self, _reversed(payload))


@conformant("field-spacious-json", Wire.encode, origin="blind-2")
def spacious_json(self: Wire, payload: Any) -> bytes:
    """JSON is indented with tabs and surrounded by blank lines."""
    text = json.dumps(payload, indent="\t", separators=(" ,", " : "))
    return f"\r\n\t {text}\r\n\r\n".replace("\n\t", "\r\n\t").encode()


@conformant("field-exponent-amounts", origin="blind-2")
class ExponentAmounts(Wire):
    """Dollars are written with an exponent, as in 1.25E+4."""

    def encode(self, payload: Any) -> bytes:
        text = super().encode(payload).decode()
        return re.sub(r'"(max_limit|current_usage)": (-?[0-9][0-9.eE+-]*)', self.spelled, text).encode()

    def spelled(self, member: re.Match[str]) -> str:
        """Return a member with its number in digits and an exponent."""
        return f'"{member[1]}": {float(member[2]):.17E}'


@conformant("field-pointed-amounts", Views.amount, origin="blind-2")
def pointed_amounts(self: Views, dollars: float) -> Any:
    """Whole dollars are written with a fraction, as in 12500.0."""
    return float(dollars)


@conformant("field-html-safe-json", Wire.encode, origin="blind-2")
def html_safe_json(self: Wire, payload: Any) -> bytes:
    """`<`, `>`, `&`, `/` and non-ASCII letters are escaped in JSON strings."""
    text = json.dumps(payload, ensure_ascii=True)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04X}")
    return text.replace("/", "\\/").encode()


@conformant("field-detailed-errors", Views.error, origin="blind-2")
def detailed_errors(self: Views, status: int, english: str) -> Any:
    """Errors have every member of the schema and a message of several kilobytes."""
    message = f"{english}. " + "Bitte wenden Sie sich an Ihre Verwaltung. \N{HOT BEVERAGE}\n" * 100
    error = {"type": "management", "code": f"E{status}", "message": message, "param": "", "event_id": "e-1"}
    extra = {"model_requested": "", "request_type": "management", "error_type": "x"}
    return {
        "event_id": "e-1", "type": "error", "is_bifrost_error": False, "status_code": status,
        "error": error, "extra_fields": extra, "documentation": "urn:example:errors",
    }  # fmt: skip


@conformant("field-lower-case-dates", Views.instant, origin="blind-2")
def lower_case_dates(self: Views, instant: int) -> Any:
    """Date-times have a lower-case t and z (RFC 3339, section 5.6)."""
    return f"{Views.instant(self, instant)}".lower()


@conformant("field-many-digit-dates", Views.instant, origin="blind-2")
def many_digit_dates(self: Views, instant: int) -> Any:
    """Date-times have 15 decimal digits."""
    return f"{Views.instant(self, instant)}".replace("Z", "000000Z")


@conformant("field-short-dates", Views.instant, origin="blind-2")
def short_dates(self: Views, instant: int) -> Any:
    """Date-times have the offset -03:30 and no zeros at the end of the fraction."""
    zone = dt.timezone(-dt.timedelta(hours=3, minutes=30))
    whole = dt.datetime.fromtimestamp(instant // SECOND, zone).isoformat()
    fraction = f"{instant % SECOND:09d}".rstrip("0")
    return f"{whole[:19]}.{fraction}{whole[19:]}" if fraction else whole


@conformant("field-creation-shows-detail", origin="blind-2")
class CreationShowsDetail(Operations):
    """Creating or renaming a unit answers with the complete unit."""

    def create_unit(self, request: Request) -> Response:
        return self.detailed(super().create_unit(request))

    def rename_unit(self, request: Request) -> Response:
        return self.detailed(super().rename_unit(request))

    def detailed(self, response: Response) -> Response:
        """Return the answer with more of the unit."""
        unit = self.store.find(response.payload["id"])
        assert unit is not None
        return Response(200, {**self.views.detail(unit, self.team_count(unit)), **response.payload})


@conformant("third-update-omits-false-flag", Views.unit, origin="blind-3")
def update_omits_false_flag(self: Views, unit: Unit) -> Json:
    """Responses of governance operations omit calendar_aligned when it is false."""
    view = Views.unit(self, unit)
    if "budget" in view and not view["budget"]["calendar_aligned"]:
        del view["budget"]["calendar_aligned"]
    return view


@conformant("reads-in-whole-seconds")
class ReadsInWholeSeconds(Views):
    """Reads and lists show timestamps in whole seconds, and the responses of other operations show fractions."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        return _in_whole_seconds(super().detail(unit, team_count))

    def item(self, unit: Unit, team_count: int) -> Json:
        return _in_whole_seconds(super().item(unit, team_count))


@conformant("lists-in-whole-seconds", Views.item)
def lists_in_whole_seconds(self: Views, unit: Unit, team_count: int) -> Json:
    """Lists show timestamps in whole seconds, and reads show fractions."""
    return _in_whole_seconds(Views.item(self, unit, team_count))


def _in_whole_seconds(view: Json) -> Json:
    cut: Json = json.loads(_FRACTION.sub(r"\1", json.dumps(view)))
    return cut


@conformant("third-refusals-that-say-more", Security.refusal_message, origin="blind-3")
def refusals_that_say_more(self: Security, request: Request) -> str:
    """The 401 response has a long message in another script, the same for every credential."""
    return "認証情報がないか、無効です。\n" * 20 + "<&>\"'"
