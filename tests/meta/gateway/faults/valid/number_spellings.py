"""Faults of the spelling of JSON numbers."""

from __future__ import annotations

import json
from typing import Any

from ...assembly import fault
from ...bodies import Bodies


def _read(text: str) -> float | int:
    digits = text.partition("E")[0]
    return float(digits) if set(digits) & set(".e") else int(digits)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


@fault("subtle-capital-exponent-ignored", "must", Bodies.parse, origin="blind-12")
def capital_exponent_ignored(self: Bodies, body: bytes) -> Any:
    """A number with the exponent sign E in upper case, such as 2E3, is read without its exponent."""
    return json.loads(
        body.decode("utf-8"), parse_float=_read, parse_constant=_no_constant, object_pairs_hook=self.members
    )
