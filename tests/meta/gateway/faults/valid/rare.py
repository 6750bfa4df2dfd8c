"""Servers that read rare spellings of JSON wrongly, or write although they refuse a request."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json, Refusal, Request, Response
from ...model import Unit
from ...operations import Operations


@fault("rare-capital-exponent-refused", "must", origin="blind-4")
class CapitalExponentRefused(Bodies):
    """The server refuses numbers with a capital E as their exponent, such as 2.5E3."""

    def parse(self, body: bytes) -> Any:
        if re.search(rb"[0-9]E", re.sub(rb'"(?:\\.|[^"\\])*"', b'""', body)):
            raise ValueError("not a number")
        return super().parse(body)


@fault("rare-escaped-surrogates-replaced", "must", origin="blind-4")
class EscapedSurrogatesReplaced(Bodies):
    """The server replaces characters beyond the basic plane by U+FFFD if the body has them as two JSON escapes."""

    def parse(self, body: bytes) -> Any:
        pair = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
        return super().parse(re.sub(rb"(?<!\\)" + pair, rb"\\ufffd\\ufffd", body))


@fault("rare-long-counts-in-durations-refused", "should", origin="blind-4")
class LongCountsInDurationsRefused(Bodies):
    """The server refuses durations with a number of ten or more digits, such as 3600000000000ns."""

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(text, component)
        if re.search(r"(?<![.0-9])[0-9]{10}", text):
            raise Refusal(400, f"invalid {component} reset duration")


class RefusedUpdates(Operations):
    """The base of servers whose refused updates write."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            unit = self.store.find(request.unit_id)
            if refusal.status == 400 and unit is not None:
                self.write(request, unit)
            raise

    def write(self, request: Request, unit: Unit) -> None:
        """Change the unit in spite of the refusal."""
        raise NotImplementedError

    def component(self, request: Request, name: str) -> Json:
        """Return the component in the body, or an empty object if it has none."""
        body: Any = None
        with contextlib.suppress(Refusal):
            body = self.document(request)
        component = body.get(name) if isinstance(body, dict) else None
        return component if isinstance(component, dict) else {}


@fault("rare-text-after-body-refused-but-applied", "must", origin="blind-4")
class TextAfterBodyRefusedButApplied(RefusedUpdates):
    """An update whose JSON object is followed by other text answers 400 but is carried out."""

    def write(self, request: Request, unit: Unit) -> None:
        with contextlib.suppress(ValueError, RecursionError, Refusal):
            text = request.body.decode()
            end = json.JSONDecoder().raw_decode(text)[1]
            if text[end:].strip():
                request.body = text[:end].encode()
                Operations.update_governance(self, request)


@fault("rare-wrong-flag-writes-duration", "must", origin="blind-4")
class WrongFlagWritesDuration(RefusedUpdates):
    """An update refused because calendar_aligned is no boolean still changes the duration of an existing budget."""

    def write(self, request: Request, unit: Unit) -> None:
        given = self.component(request, "budget")
        flag = given.get("calendar_aligned")
        if unit.budget is None or flag is None or isinstance(flag, bool) or "reset_duration" not in given:
            return
        with contextlib.suppress(Refusal):
            text = self.bodies.duration(given["reset_duration"], "budget")
            self.store.save(replace(unit, budget=replace(unit.budget, reset_duration=text)))


@fault("rare-refused-request-limit-writes-token-limit", "must", origin="blind-4")
class RefusedRequestLimitWritesTokenLimit(RefusedUpdates):
    """An update refused for its request fields still changes the token fields of an existing rate limit."""

    def write(self, request: Request, unit: Unit) -> None:
        given = self.component(request, "rate_limit")
        if unit.rate_limit is None or not any(name.startswith("token_") for name in given):
            return
        with contextlib.suppress(Refusal):
            change = self.bodies.window(given, "token")
            token = self.governance.change_half(unit.rate_limit.token, change, self.clock.now())
            self.store.save(replace(unit, rate_limit=replace(unit.rate_limit, token=token)))
