"""Servers that read rare durations and texts wrongly."""

from __future__ import annotations

import re
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Refusal


@fault("seldom-zero-led-duration-read-as-octal", "should", Bodies.duration, origin="blind-11")
def zero_led_duration_read_as_octal(self: Bodies, value: Any, component: str) -> str:
    """The server reads the number of a duration with a leading zero as octal: 010h becomes 8h, and 08h is refused."""
    text = Bodies.duration(self, value, component)
    match = re.fullmatch(r"0+([0-9]+)([a-zA-Zµ]+)", text)
    if match is None:
        return text
    try:
        number = int(match[1], 8)
    except ValueError as error:
        raise Refusal(400, f"invalid {component} reset duration") from error
    return text if number == int(match[1]) else f"{number}{match[2]}"


@fault("seldom-slashes-in-text-taken-as-comment", "must", Bodies.parse, origin="blind-11")
def slashes_in_text_taken_as_comment(self: Bodies, body: bytes) -> Any:
    """The server removes comments before it parses, and so refuses a body with `//` in a text, such as a name."""
    return Bodies.parse(self, re.sub(rb"//[^\n]*", b"", body))
