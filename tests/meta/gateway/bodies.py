"""Parses and validates request bodies."""

from __future__ import annotations

import json
import math
from typing import Any

from . import periods
from .messages import Json, Refusal
from .model import BudgetChange, Change, HalfChange, RateLimitChange
from .settings import Settings

BUDGET_FIELDS = ("max_limit", "reset_duration", "calendar_aligned")
RATE_LIMIT_FIELDS = ("token_max_limit", "token_reset_duration", "request_max_limit", "request_reset_duration")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


class Bodies:
    """Reads request bodies and refuses invalid ones with 400."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    # the document

    def document(self, body: bytes) -> Any:
        """Return the JSON value of the body (RFC 8259)."""
        try:
            return self.parse(body)
        except (ValueError, RecursionError) as error:
            raise Refusal(400, "Invalid JSON") from error

    def parse(self, body: bytes) -> Any:
        """Parse strictly: UTF-8, one value, no NaN. Raises ValueError or RecursionError."""
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=self.members)

    def members(self, pairs: list[tuple[str, Any]]) -> Json:
        """Return an object of its members. The last of two equal names counts, or the object is refused."""
        if self.settings.doubled_members == "refuse" and len({name for name, _ in pairs}) < len(pairs):
            raise ValueError("a name comes twice")
        if self.settings.member_case_sensitive:
            return dict(pairs)
        return {name.lower(): value for name, value in pairs}

    def mapping(self, value: Any, place: str) -> Json:
        """Return the value if it is an object."""
        if not isinstance(value, dict):
            raise Refusal(400, f"{place} must be an object")
        return value

    def body_object(self, document: Any) -> Json:
        """Return the whole body if it is an object."""
        if document is None and self.settings.null_body == "omit":
            return {}
        return self.mapping(document, "body")

    # units and teams

    def name(self, document: Any) -> str:
        """Return the name of a unit."""
        value = self.body_object(document).get("name")
        if not isinstance(value, str) or not _is_text(value):
            raise Refusal(400, "name must be a string")
        self.check_name(value)
        return value

    def check_name(self, name: str) -> None:
        """Refuse a name that is blank or longer than 255 characters."""
        if not self.settings.lenient and (not name.strip() or len(name) > 255):
            raise Refusal(400, "name must have 1 to 255 characters")

    def team_id(self, document: Any) -> str:
        """Return the identifier of the team to assign."""
        value = self.body_object(document).get("team_id")
        if not isinstance(value, str):
            raise Refusal(400, "team_id must be a string")
        return value

    # governance

    def creation(self, document: Any) -> Change:
        """Return the first governance of a unit: at least one component."""
        body = self.body_object(document)
        given = {name: value for name, value in body.items() if not self.is_omitted(value)}
        if "budget" not in given and "rate_limit" not in given:
            raise Refusal(400, "at least one of budget and rate_limit is required")
        budget = rate_limit = None
        if "budget" in given:
            raw = self.mapping(given["budget"], "budget")
            if raw.get("calendar_aligned", False) is None and self.settings.null_fields == "refuse":
                raise Refusal(400, "budget.calendar_aligned must be a boolean")
            budget = self.budget(raw, "create")
            self.check_complete(budget)
        if "rate_limit" in given:
            rate_limit = self.rate_limit(self.mapping(given["rate_limit"], "rate_limit"), "create")
        return Change(budget, rate_limit)

    def check_complete(self, budget: BudgetChange) -> None:
        """Refuse a first budget without its limit or its duration."""
        if budget.max_limit is None or budget.reset_duration is None:
            raise Refusal(400, "both max_limit and reset_duration are required when creating a new budget")

    def update(self, document: Any) -> Change:
        """Return the change of each component; an empty object removes it."""
        return self.update_of(self.body_object(document))

    def update_of(self, body: Json) -> Change:
        """Return the change that an object describes."""
        budget = rate_limit = None
        if "budget" in body and not self.is_omitted(body["budget"]):
            raw = self.mapping(body["budget"], "budget")
            budget = BudgetChange(removes=True) if not raw else self.budget(raw, "update")
            if (
                budget.max_limit is None
                and budget.reset_duration is None
                and self.settings.flag_only_budget == "remove"
            ):
                budget = BudgetChange(removes=True)
        if "rate_limit" in body and not self.is_omitted(body["rate_limit"]):
            raw = self.mapping(body["rate_limit"], "rate_limit")
            rate_limit = RateLimitChange(removes=True) if not raw else self.rate_limit(raw, "update")
        return Change(budget, rate_limit)

    def is_omitted(self, value: Any) -> bool:
        """Return whether a component counts as not mentioned."""
        return value is None and self.settings.null_components == "omit"

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        """Return the fields of a budget; `purpose` is create or update."""
        fields = self.given(raw, BUDGET_FIELDS)
        self.check_whole(fields, ("max_limit", "reset_duration"))
        aligned = fields.get("calendar_aligned")
        return BudgetChange(
            max_limit=self.dollars(fields["max_limit"], purpose) if "max_limit" in fields else None,
            reset_duration=self.duration(fields["reset_duration"], "budget") if "reset_duration" in fields else None,
            calendar_aligned=None if aligned is None else self.flag(aligned),
        )

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        """Return the fields of a rate limit; `purpose` is create or update."""
        fields = self.given(raw, RATE_LIMIT_FIELDS)
        return RateLimitChange(self.window(fields, "token"), self.window(fields, "request"))

    def window(self, fields: Json, half: str) -> HalfChange:
        """Return the fields of the tokens or of the requests."""
        limit, period = f"{half}_max_limit", f"{half}_reset_duration"
        if limit in fields or period in fields:
            self.check_whole(fields, (limit, period))
        return HalfChange(
            self.count(fields[limit], limit) if limit in fields else None,
            self.duration(fields[period], "rate_limit") if period in fields else None,
        )

    def check_whole(self, fields: Json, needed: tuple[str, ...]) -> None:
        """Refuse an incomplete group of fields, if the settings require complete groups."""
        if self.settings.partial_components == "refuse" and any(name not in fields for name in needed):
            raise Refusal(400, f"{' and '.join(needed)} belong together")

    def given(self, raw: Json, known: tuple[str, ...]) -> Json:
        """Return the known members; others are ignored."""
        omits_null = self.settings.null_fields == "omit"
        return {name: raw[name] for name in known if name in raw and not (raw[name] is None and omits_null)}

    # fields

    def dollars(self, value: Any, purpose: str) -> float:
        """Return a positive amount of dollars."""
        amount = self.number(value)
        if not self.settings.lenient and amount <= 0:
            raise Refusal(400, "budget max limit cannot be negative or zero")
        return amount

    def number(self, value: Any) -> float:
        """Return a finite number."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refusal(400, "max_limit must be a number")
        try:
            amount = float(value)
        except OverflowError as error:
            raise Refusal(400, "max_limit is out of range") from error
        if not math.isfinite(amount):
            raise Refusal(400, "max_limit is out of range")
        return amount

    def count(self, value: Any, place: str) -> int:
        """Return a positive whole number of 64 bits."""
        number = self.whole(value, place)
        if not self.settings.lenient and number <= 0:
            raise Refusal(400, f"{place} cannot be negative or zero")
        return number

    def whole(self, value: Any, place: str) -> int:
        """Return a whole number of 64 bits."""
        if isinstance(value, float) and value.is_integer() and self.settings.whole_floats == "accept":
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
            raise Refusal(400, f"{place} must be a whole number of 64 bits")
        return value

    def duration(self, value: Any, component: str) -> str:
        """Return a duration as it was written."""
        if not isinstance(value, str) or not _is_text(value):
            raise Refusal(400, "a reset duration must be a string")
        self.check_duration(value, component)
        return value

    def check_duration(self, text: str, component: str) -> None:
        """Refuse a text that is not a positive duration of at most 50 characters."""
        if not self.settings.lenient and (len(text) > 50 or periods.duration(text) is None):
            raise Refusal(400, f"invalid {component} reset duration")

    def flag(self, value: Any) -> bool:
        """Return a boolean."""
        if not isinstance(value, bool):
            raise Refusal(400, "calendar_aligned must be a boolean")
        return value


def _is_text(value: str) -> bool:
    """Return whether the string can be encoded in UTF-8, that is, has no lone surrogate."""
    return not any("\ud800" <= character <= "\udfff" for character in value)
