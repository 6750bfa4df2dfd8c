"""Conformant servers with unusual response bodies."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from ..assembly import fault
from ..messages import Json, Request, Response
from ..model import Unit
from ..operations import Operations
from ..periods import SECOND
from ..security import Security
from ..views import Views
from ..wire import Wire


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(entry) for entry in value] if isinstance(value, list) else value


@fault("field-members-reversed", "RESP", "conformant", origin="blind-2")
class MembersReversed(Wire):
    """Members of objects are in reverse order."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(_reversed(payload))


@fault("field-spacious-json", "RESP", "conformant", origin="blind-2")
class SpaciousJson(Wire):
    """JSON is indented with tabs and surrounded by blank lines."""

    def encode(self, payload: Any) -> bytes:
        text = json.dumps(payload, indent="\t", separators=(" ,", " : "))
        return f"\r\n\t {text}\r\n\r\n".replace("\n\t", "\r\n\t").encode()


@fault("field-exponent-amounts", "RESP", "conformant", origin="blind-2")
class ExponentAmounts(Wire):
    """Dollars are written with an exponent, as in 1.25E+4."""

    def encode(self, payload: Any) -> bytes:
        text = super().encode(payload).decode()
        return re.sub(r'"(max_limit|current_usage)": (-?[0-9][0-9.eE+-]*)', self.spelled, text).encode()

    def spelled(self, member: re.Match[str]) -> str:
        """Return a member with its number in digits and an exponent."""
        return f'"{member[1]}": {float(member[2]):.17E}'


@fault("field-pointed-amounts", "RESP", "conformant", origin="blind-2")
class PointedAmounts(Views):
    """Whole dollars are written with a fraction, as in 12500.0."""

    def amount(self, dollars: float) -> Any:
        return float(dollars)


@fault("field-html-safe-json", "RESP", "conformant", origin="blind-2")
class HtmlSafeJson(Wire):
    """`<`, `>`, `&`, `/` and non-ASCII letters are escaped in JSON strings."""

    def encode(self, payload: Any) -> bytes:
        text = json.dumps(payload, ensure_ascii=True)
        for character in "<>&":
            text = text.replace(character, f"\\u{ord(character):04X}")
        return text.replace("/", "\\/").encode()


@fault("field-detailed-errors", "ERROR", "conformant", origin="blind-2")
class DetailedErrors(Views):
    """Errors have every member of the schema and a message of several kilobytes."""

    def error(self, status: int, english: str) -> Any:
        message = f"{english}. " + "Bitte wenden Sie sich an Ihre Verwaltung. \N{HOT BEVERAGE}\n" * 100
        error = {"type": "management", "code": f"E{status}", "message": message, "param": "", "event_id": "e-1"}
        extra = {"model_requested": "", "request_type": "management", "error_type": "x"}
        return {
            "event_id": "e-1", "type": "error", "is_bifrost_error": False, "status_code": status,
            "error": error, "extra_fields": extra, "documentation": "urn:example:errors",
        }  # fmt: skip


@fault("field-lower-case-dates", "RESP", "conformant", origin="blind-2")
class LowerCaseDates(Views):
    """Date-times have a lower-case t and z (RFC 3339, section 5.6)."""

    def instant(self, instant: int) -> Any:
        return f"{super().instant(instant)}".lower()


@fault("field-many-digit-dates", "RESP", "conformant", origin="blind-2")
class ManyDigitDates(Views):
    """Date-times have 15 decimal digits."""

    def instant(self, instant: int) -> Any:
        return f"{super().instant(instant)}".replace("Z", "000000Z")


@fault("field-short-dates", "RESP", "conformant", origin="blind-2")
class ShortDates(Views):
    """Date-times have the offset -03:30 and no zeros at the end of the fraction."""

    def instant(self, instant: int) -> Any:
        zone = dt.timezone(-dt.timedelta(hours=3, minutes=30))
        whole = dt.datetime.fromtimestamp(instant // SECOND, zone).isoformat()
        fraction = f"{instant % SECOND:09d}".rstrip("0")
        return f"{whole[:19]}.{fraction}{whole[19:]}" if fraction else whole


@fault("field-creation-shows-detail", "CREATE", "conformant", origin="blind-2")
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


@fault("third-update-omits-false-flag", "ALIGN", "conformant", origin="blind-3")
class UpdateOmitsFalseFlag(Views):
    """Responses of governance operations omit calendar_aligned when it is false."""

    def unit(self, unit: Unit) -> Json:
        view = super().unit(unit)
        if "budget" in view and not view["budget"]["calendar_aligned"]:
            del view["budget"]["calendar_aligned"]
        return view


@fault("third-refusals-that-say-more", "AUTH", "conformant", origin="blind-3")
class RefusalsThatSayMore(Security):
    """The 401 response has a long message in another script, the same for every credential."""

    def refusal_message(self, request: Request) -> str:
        return "認証情報がないか、無効です。\n" * 20 + "<&>\"'"
