"""The compiled validator, which runs first, accepts the same instances as the slower jsonschema validator."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from exchanges import CONTRACT, VALID
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

_SCHEMA = "#/components/schemas/BusinessUnitGovernanceResponse"
_TIMES = [
    "2026-06-17T09:30:00Z", "2026-06-17T09:30:00.123456789+05:30", "2026-06-17t09:30:00z", "2026-06-17T09:30:00",
    "2026-06-17", "2026-02-30T00:00:00Z", "2026-06-17T24:00:00Z", "2026-06-17T09:30Z", "2026-06-17 09:30:00Z",
    "2026-06-17T09:30:00+0530", "yesterday", "", "2026-06-17T09:30:00.Z",
]  # fmt: skip
_NUMBERS = [0, 1, 1.0, 1.5, -1, 2**53 + 1, 2**63 - 1, 2**63, 10**30, 1e308, True, "1", None]


def _slowly_valid(instance: Any) -> bool:
    registry: Registry[Any] = Registry().with_resource("urn:c", DRAFT202012.create_resource(CONTRACT.published))
    reference = {"$ref": f"urn:c{_SCHEMA}"}
    formats = FormatChecker(formats=("date-time",))
    return Draft202012Validator(reference, registry=registry, format_checker=formats).is_valid(instance)


def _with(place: tuple[str, ...], value: Any) -> dict[str, Any]:
    body = copy.deepcopy(VALID)
    node: Any = body["business_unit"]
    for name in place[:-1]:
        node = node[name]
    node[place[-1]] = value
    return body


_PLACES = [
    *((("budget", "last_reset"), value) for value in _TIMES),
    *((("budget", "max_limit"), value) for value in _NUMBERS),
    *((("rate_limit", "token_current_usage"), value) for value in _NUMBERS),
]


@pytest.mark.parametrize(("place", "value"), _PLACES, ids=repr)
def test_both_validators_agree(place: tuple[str, ...], value: Any) -> None:
    body = _with(place, value)
    assert (not CONTRACT.errors(_SCHEMA, body, published=True)) == _slowly_valid(body)


@pytest.mark.parametrize("member", ["id", "last_reset", "config_hash"])
def test_missing_members(member: str) -> None:
    body = copy.deepcopy(VALID)
    del body["business_unit"]["budget"][member]
    assert CONTRACT.errors(_SCHEMA, body, published=True)
