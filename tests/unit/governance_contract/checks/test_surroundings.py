"""Surroundings of credentials: header fields, query parameters, and the origin of the target."""

from __future__ import annotations

import pytest
from governance_contract.checks.inputs.foreign_credentials import SAME_ORIGIN
from governance_contract.checks.inputs.surroundings import Surroundings, surroundings, with_origin
from hypothesis import find, given

_CLAIMS = {
    "X-Forwarded-For",
    "X-Remote-User",
    "X-Role",
    "X-Internal",
    "X-Original-URL",
    "Access-Control-Request-Method",
}


@given(surroundings(claims=False))
def test_beside_the_management_key_nothing_is_claimed(found: Surroundings) -> None:
    assert not found.query
    assert not _CLAIMS & set(found.headers)


@pytest.mark.parametrize("name", sorted(_CLAIMS))
def test_beside_other_credentials_everything_is_claimed(name: str) -> None:
    assert find(surroundings(claims=True), lambda found: name in found.headers).headers[name]


@given(surroundings(claims=True))
def test_the_origin_of_the_target_has_no_path(found: Surroundings) -> None:
    sent = with_origin("https://gateway.example:8443/base", {**found.headers, "Referer": SAME_ORIGIN})
    assert sent["Referer"] == "https://gateway.example:8443"
    assert SAME_ORIGIN not in sent.values()
