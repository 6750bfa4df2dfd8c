"""Servers that accept bodies and components of the wrong type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json, Refusal
from ...model import Change, RateLimitChange, WindowChange


@fault("any-body-accepted", "VALID", "must", proves=("VALID-15",))
class AnyBodyAccepted(Bodies):
    """A body that is a string, a number or a boolean counts as {}."""

    def body_object(self, document: Any) -> Json:
        return {} if isinstance(document, str | int | float) else super().body_object(document)


@fault("array-body-accepted", "VALID", "must", proves=("VALID-02",))
class ArrayBodyAccepted(Bodies):
    """A body that is an array counts as {}."""

    def body_object(self, document: Any) -> Json:
        return {} if isinstance(document, list) else super().body_object(document)


@fault("false-body-accepted", "VALID", "must")
class FalseBodyAccepted(Bodies):
    """The body false counts as {}."""

    def body_object(self, document: Any) -> Json:
        return {} if document is False or document is True else super().body_object(document)


@fault("wrong-type-of-body-breaks", "VALID", "must")
class WrongTypeOfBodyBreaks(Bodies):
    """A body that is no object is a 500."""

    def body_object(self, document: Any) -> Json:
        assert isinstance(document, dict)
        return super().body_object(document)


@fault("array-counts-as-empty-component", "VALID", "must")
class ArrayCountsAsEmptyComponent(Bodies):
    """budget: [] removes the budget."""

    def mapping(self, value: Any, place: str) -> Json:
        return {} if value == [] else super().mapping(value, place)


@fault("false-counts-as-empty-component", "VALID", "must")
class FalseCountsAsEmptyComponent(Bodies):
    """Whatever is false (0, "", false) removes the component."""

    def mapping(self, value: Any, place: str) -> Json:
        return {} if value is not None and not value else super().mapping(value, place)


@fault("field-false-removes", "VALID", "must", origin="blind-2")
class FalseRemoves(Bodies):
    """Whatever is falsy removes: `"rate_limit": false`, `0` and `""` as well as {}."""

    def update_of(self, body: Json) -> Change:
        value = body.get("rate_limit", 1)
        return super().update_of({**body, "rate_limit": {}} if not value and value is not None else body)


@fault("null-component-breaks", "VALID", "must")
class NullComponentBreaks(Bodies):
    """budget: null is a 500."""

    def mapping(self, value: Any, place: str) -> Json:
        assert value is not None
        return super().mapping(value, place)


@fault("string-component-ignored", "VALID", "must")
class StringComponentIgnored(Bodies):
    """A component that is a string or a number is ignored."""

    def is_omitted(self, value: Any) -> bool:
        return isinstance(value, str | int) or super().is_omitted(value)


@fault("field-string-component-ignored", "VALID", "must", origin="blind-2")
class StringBudgetIgnored(Bodies):
    """A budget of the wrong type counts as not mentioned, and the update is 200."""

    def update_of(self, body: Json) -> Change:
        if isinstance(body.get("budget"), str | int | float):
            body = {name: value for name, value in body.items() if name != "budget"}
        return super().update_of(body)


@fault("wrong-types-ignored", "VALID", "must")
class WrongTypesIgnored(Bodies):
    """An update that breaks the schema is answered 200 and ignored."""

    def update_of(self, body: Json) -> Change:
        try:
            return super().update_of(body)
        except Refusal:
            return Change()


@fault("rate-limit-types-not-checked", "VALID", "must")
class RateLimitTypesNotChecked(Bodies):
    """Beside a budget, a rate limit of the wrong type is ignored."""

    def update_of(self, body: Json) -> Change:
        try:
            return super().update_of(body)
        except Refusal:
            return super().update_of({"budget": body["budget"]}) if body.get("budget") else super().update_of(body)


@fault("field-invalid-rate-limit-skipped", "VALID", "must", origin="blind-2")
class InvalidRateLimitSkipped(Bodies):
    """A rate limit that breaks the schema is skipped when the budget beside it is valid."""

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        try:
            return super().rate_limit(raw, purpose)
        except Refusal:
            return RateLimitChange(WindowChange(), WindowChange())

    def update_of(self, body: Json) -> Change:
        change = super().update_of(body)
        skipped = change.rate_limit == RateLimitChange() and change.budget is not None
        return replace(change, rate_limit=None) if skipped else change
