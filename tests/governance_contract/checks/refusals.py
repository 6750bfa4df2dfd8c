"""Sends what must be refused, and proves that nothing changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol, TypeVar

from ..contract.rules import Need
from ..target.business_units import Unit
from ..target.exchange import Exchange
from . import expect
from .expect import Violation
from .run import Run
from .sample_settings import BUDGET, RATE_LIMIT

UPDATE = "updateBusinessUnitGovernance"
CREATION = "createBusinessUnitGovernance"


def find_changes(
    tries: Sequence[Callable[[], Exchange]], reset: Callable[[], None], changed: Callable[[Exchange], Violation | None]
) -> list[Violation]:
    """Send requests that must change nothing, look once, and where something changed find out which of them did it.

    Args:
        tries: each sends a request, may judge the answer, and returns it.
        reset: brings the unit into its starting state again.
        changed: looks at the unit and says what a request changed.
    """
    exchanges = [send() for send in tries]
    first = changed(exchanges[-1]) if exchanges else None
    if first is None:
        return []
    found = []
    for send in tries:
        reset()
        violation = changed(send())
        if violation is not None:
            found.append(violation)
    return found or [first]


class Place(Protocol):
    """Where requests are to be refused."""

    unit: Unit
    untouched: bool
    """Whether the unit is as it was brought into its starting state, as far as is known."""

    def is_as_it_was(self) -> bool:
        """Make sure of that before the next test."""


_Place = TypeVar("_Place", bound=Place)


@contextmanager
def reused(run: Run, what: str, make: Callable[[Unit], _Place]) -> Iterator[_Place]:
    """Lend a place on a unit of its own, the same again while nothing happens to it.

    Args:
        run: of this run.
        what: what kind of place it is.
        make: makes one on a unit.
    """
    if Need.OWN_UNITS not in run.capabilities:
        yield make(run.units.named())
        return
    places: dict[str, _Place] = run.once("places", dict)
    place = places.pop(what, None)
    if place is not None and not place.is_as_it_was():
        run.units.forget(place.unit)
        place = None
    place = place or make(run.units.create())
    yield place
    if place.untouched:
        places[what] = place
    else:
        run.units.forget(place.unit)


class Refuser:
    """A business unit to which bad bodies are sent, by an update or as first governance."""

    def __init__(
        self,
        run: Run,
        unit: Unit,
        operation_id: str,
        *,
        rule: str = "VALID-16",
        **state: Mapping[str, Any] | None,
    ) -> None:
        """Bring the unit into a state in which the operation could succeed.

        Args:
            run: who is told what a refused body changed.
            unit: where bodies are sent.
            operation_id: the operation.
            rule: the rule that forbids the change.
            state: another starting state than the usual.
        """
        self._run, self.unit, self._operation_id, self._rule = run, unit, operation_id, rule
        usual = {"budget": BUDGET, "rate_limit": RATE_LIMIT} if operation_id == UPDATE else {}
        self._state = state or usual
        self.untouched = True
        self._reset()

    def is_as_it_was(self) -> bool:
        """Whether the unit may be used again: the last look at it is the last request that it got."""
        return self.untouched

    def refuses(self, body: Any = None, *, raw: bytes | None = None, expected: Sequence[int] = (400,)) -> None:
        """Expect that a body is refused; what it changed all the same is for another rule to say."""
        exchange = expect.status(self._send(body, raw), *expected)
        violation = self._changed(exchange)
        if violation is not None:
            self._run.observe_violation(violation)
            self._before = self.unit.read()

    def refuses_each(self, bodies: Iterable[Any]) -> None:
        """Expect that each of some bodies, bytes as they are, is refused, and look once at what they changed."""
        sent = [body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies]
        self._change_nothing([partial(self._refused, raw) for raw in sent])

    def answers(self, bodies: Iterable[bytes]) -> list[Exchange]:
        """Send bodies and return the answers; where all of them are refusals, look once at what they changed."""
        sent = list(bodies)
        exchanges = [self._send(None, raw) for raw in sent]
        if not any(exchange.ok for exchange in exchanges) and self._changed(exchanges[-1]):
            self._change_nothing([partial(self._send, None, raw) for raw in sent])
        return exchanges

    def _change_nothing(self, tries: Sequence[Callable[[], Exchange]]) -> None:
        for violation in find_changes(tries, self._reset, self._changed):
            self._run.observe_violation(violation)

    def _reset(self) -> None:
        self._before = self.unit.establish(**self._state)

    def _refused(self, raw: bytes) -> Exchange:
        return expect.status(self._send(None, raw), 400)

    def _send(self, body: Any, raw: bytes | None) -> Exchange:
        self.untouched = False  # until a look has shown it
        return self.unit.target.call(self._operation_id, body, raw=raw, path=self.unit.path)

    def _changed(self, exchange: Exchange) -> Violation | None:
        violation = expect.change(self.unit, self._before, exchange, rule=self._rule)
        self.untouched = violation is None
        return violation
