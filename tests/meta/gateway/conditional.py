"""Conditions under which a server has a fault. For other requests it is correct."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from .messages import Request, Response
from .pipeline import Pipeline


@dataclass
class Past:
    """What a server remembers of earlier requests, by the unit in the path, or by the path of the list."""

    changes: Counter[str] = field(default_factory=Counter)
    """The number of accepted requests other than GET."""
    refusals: Counter[str] = field(default_factory=Counter)
    """The number of refused requests."""
    removals: Counter[str] = field(default_factory=Counter)
    """The number of accepted updates with an empty component."""

    def note(self, request: Request, status: int) -> None:
        """Remember a request and the status of its response."""
        if status >= 400:
            self.refusals[_subject(request)] += 1
        elif request.method != "GET":
            self.changes[_subject(request)] += 1
            self.removals[_subject(request)] += bool(re.search(rb":\s*{\s*}", request.body))


def _subject(request: Request) -> str:
    """Return the unit in the path, or the path if it has none."""
    return re.sub(r"(/business-units/[^/]+)/.*", r"\1", request.path)


@dataclass(frozen=True)
class Condition:
    """Decides whether a fault concerns a request."""

    words: str
    """The condition, to follow the description of a fault."""
    concerns: Callable[[Request, Past], bool]


def _texts(request: Request) -> str:
    """Return the texts and numbers of a request: the body, with escapes replaced, and the query."""
    try:
        body = json.dumps(json.loads(request.body), ensure_ascii=False)
    except (ValueError, RecursionError):
        body = request.body.decode("utf-8", "replace")
    return f"{body} {request.query}"


def _in_texts(pattern: str) -> Callable[[Request, Past], bool]:
    return lambda request, _: re.search(pattern, _texts(request)) is not None


LATER = Condition("after five changes of a unit", lambda request, past: past.changes[_subject(request)] >= 5)
AFTER_REMOVALS = Condition("after two removals", lambda request, past: past.removals[_subject(request)] >= 2)
AFTER_REFUSALS = Condition("after three refusals", lambda request, past: past.refusals[_subject(request)] >= 3)
LONG_DURATION = Condition("if a duration has four digits or more", _in_texts(r'"\d{4,}[smhdwMY]"'))
UNUSUAL_TEXT = Condition("if a text has characters beyond the 16-bit range", _in_texts("[\U00010000-\U0010ffff]|%F0"))
LONG_NAME = Condition("if a text has more than 120 characters", _in_texts(r'"[^"]{121,}"'))
LATER_PAGES = Condition(
    "on a later page", lambda request, _: re.search(r"page=([2-9]|\d\d)", request.query) is not None
)
TWO_CREDENTIALS = Condition(
    "if a request has several headers of credentials",
    lambda request, _: sum(name.lower() in _CREDENTIALS for name in request.headers) > 1,
)
_CREDENTIALS = ("authorization", "x-api-key", "cookie", "x-bf-vk", "proxy-authorization")
ESCAPED_PATH = Condition("if the path has escapes", lambda request, _: "%" in request.path)


class Conditional(Pipeline):
    """A correct server with a fault for the requests that a condition concerns."""

    def __init__(self, correct: Pipeline, faulty: Pipeline, condition: Condition) -> None:
        super().__init__(correct.settings, correct.security, correct.operations, correct.views)
        self._correct, self._faulty, self._condition = correct, faulty, condition
        self._past = Past()

    def answer(self, request: Request) -> Response:
        """Return the response of the faulty server if the condition holds."""
        chosen = self._faulty if self._condition.concerns(request, self._past) else self._correct
        response = chosen.answer(request)
        self._past.note(request, response.status)
        return response
