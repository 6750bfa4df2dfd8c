"""AUTH: other ways to the same place. Paths that a router may tidy, and headers that may choose another method."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from urllib.parse import quote

import pytest

from ..checks import expect
from ..checks.expect import Violation
from ..checks.refusals import find_changes
from ..checks.sample_settings import BUDGET, RATE_LIMIT
from ..contract.document import Operation
from ..target.business_units import Blocked, Governance, Unit
from ..target.credentials import NONE, Credential
from ..target.exchange import Exchange
from ..target.target import Target

_CHANGE = b'{"budget": {"max_limit": 31, "reset_duration": "1M"}, "rate_limit": {}}'
_OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


def _spellings(path: str, unit_id: str) -> Iterator[str]:
    """Yield other spellings of a path: some routers take them for the same one after the caller was looked at."""
    place = {"{id}": quote(unit_id, safe="")}
    location = re.sub(r"\{id\}", lambda found: place[found[0]], path)
    yield f"/{location}"
    yield location.replace("/api/", "/api//")
    yield location.replace("/business-units", "//business-units")
    yield f"{location}/"
    yield f"{location}//"
    yield location.replace("/api/", "/api/./")
    yield location.replace("/api/", "/api/%2e/")
    yield location.replace("/api/", "/api/x/../")
    yield location.replace("/api/", "/api/%2e%2e/api/")
    yield f"/health/..{location}"
    yield f"{location}/x/.."
    yield re.sub(r"\{id\}", lambda found: place[found[0]], re.sub(r"[^{}/]+(?![^{]*\})", _upper, path))
    yield location.replace("/api/", "/%61pi/")
    yield f"{location};jsessionid=1"
    yield location.replace("/api/", "/api;x=1/")
    yield f"{location}.json"
    yield f"{location}%20"


def _upper(found: re.Match[str]) -> str:
    return found[0].upper()


class Detour:
    """A governed unit, and what may not be done to it."""

    def __init__(self, unit: Unit) -> None:
        """Give the unit something to lose."""
        self.unit = unit
        self.before: Governance = self._establish()

    def stays_shut(self, tries: Sequence[Callable[[], Exchange]]) -> None:
        """Expect no success that tells of business units, and the unit as it was."""
        for violation in find_changes([partial(self._shut, send) for send in tries], self._reset, self._changed):
            raise violation

    def _establish(self) -> Governance:
        return self.unit.establish(budget=BUDGET, rate_limit=RATE_LIMIT)

    def _reset(self) -> None:
        with suppress(Blocked):  # where the unit is gone
            self.before = self._establish()

    def _shut(self, send: Callable[[], Exchange]) -> Exchange:
        # What a gateway shows of other things, such as a page for people or its health, is for everybody.
        exchange = send()
        tells = (exchange.member("business_units"), exchange.member("business_unit"))
        if exchange.ok and (any(tells) or exchange.member("id") == self.unit.id):
            raise Violation(f"no success with {exchange.credential.name}", exchange.outcome, exchange)
        return exchange

    def _changed(self, exchange: Exchange) -> Violation | None:
        return expect.change(self.unit, self.before, exchange, rule="AUTH-21")


def _strangers(target: Target) -> tuple[Credential, Credential]:
    return NONE, target.keyring.foreign("virtual_key")


@pytest.mark.rule("AUTH-21")
@pytest.mark.operations(
    "listBusinessUnits", "getBusinessUnit", "updateBusinessUnitGovernance", "deleteBusinessUnitGovernance"
)
def test_another_spelling_of_the_path_lets_nobody_in(operation: Operation, unit: Unit, target: Target) -> None:
    body = _CHANGE if operation.body_schema else None
    Detour(unit).stays_shut(
        [
            partial(target.send, operation.method, location, body, credential=credential)
            for location in _spellings(operation.path, unit.id)
            for credential in _strangers(target)
        ]
    )


@pytest.mark.rule("AUTH-21")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_method_in_a_header_lets_nobody_in(unit: Unit, target: Target, method: str) -> None:
    update = target.contract.operations["updateBusinessUnitGovernance"]
    location = update.path.replace("{id}", quote(unit.id, safe=""))
    Detour(unit).stays_shut(
        [
            partial(target.send, method, location, _CHANGE, credential=credential, headers={field: meant})
            for field in _OVERRIDES
            for meant in ("PUT", "DELETE")
            for credential in _strangers(target)
        ]
    )
