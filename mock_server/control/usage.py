"""Simulated usage: what is spent at once, and what is metered by the simulated time.

The pure functions take a unit and return a new one. Windows end as the domain says (`domain.model.current`); usage of a
window that has ended is lost with it, however late a meter is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from http import HTTPStatus
from typing import TYPE_CHECKING

from mock_server.control.errors import ControlError
from mock_server.domain.model import BusinessUnit, Counter, Number, Window, current

if TYPE_CHECKING:
    from mock_server.sandbox import Sandbox
    from mock_server.store import Transaction

KINDS = ("dollars", "tokens", "requests")
Amounts = Mapping[str, Number]
"""Numbers of dollars, tokens and requests, by kind."""
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_OF_A_MINUTE = 60_000_000
_PARTS = {"dollars": 1_000_000, "tokens": 1, "requests": 1}
"""The parts of a unit of usage that a meter counts: dollars to the millionth, the others whole."""
_MAX_COUNT = 2**63 - 1
_COMPONENTS = {"dollars": "budget", "tokens": "rate limit", "requests": "rate limit"}


@dataclass(frozen=True, slots=True)
class Meter:
    """Usage by rate: amounts for a minute of simulated time, counted up to `since`."""

    rates: Amounts
    since: datetime
    rest: Mapping[str, Fraction] = field(default_factory=dict)
    """What was used up to `since` and is less than a part."""


def spent(unit: BusinessUnit, amounts: Amounts, now: datetime) -> BusinessUnit:
    """Return the unit at a time, with these amounts used in the current windows.

    Raises:
        ControlError: the unit has no component that counts one of them.
    """
    unit = current(unit, now)
    for kind, amount in amounts.items():
        if _window(unit, kind) is None:
            message = f"the unit has no {_COMPONENTS[kind]}, which would count {kind}"
            raise ControlError(HTTPStatus.CONFLICT, message, f"/{kind}")
        unit = _added(unit, kind, Fraction(str(amount)))
    return unit


def accrued(unit: BusinessUnit, meter: Meter, now: datetime) -> tuple[BusinessUnit, Meter]:
    """Return the unit at a time with what the meter has counted in its current windows, and the meter after it.

    Rates of a component that the unit lacks count nothing. A clock that was set back counts nothing either.
    """
    unit = current(unit, now)
    rest: dict[str, Fraction] = {}
    for kind, rate in meter.rates.items():
        window = _window(unit, kind)
        if window is None:
            continue
        began = max(meter.since, window.last_reset)
        kept = meter.rest.get(kind, Fraction(0)) if began == meter.since else Fraction(0)
        elapsed = max((now - began) // _MICROSECOND, 0)
        parts = kept + Fraction(str(rate)) * _PARTS[kind] * elapsed / _MICROSECONDS_OF_A_MINUTE
        whole = parts.numerator // parts.denominator
        rest[kind] = parts - whole
        if whole:
            unit = _added(unit, kind, Fraction(whole, _PARTS[kind]))
    return unit, Meter(meter.rates, now, rest)


def _window(unit: BusinessUnit, kind: str) -> Window | None:
    if kind == "dollars":
        return None if unit.budget is None else unit.budget.window
    if unit.rate_limit is None:
        return None
    return unit.rate_limit.token.window if kind == "tokens" else unit.rate_limit.request.window


def _added(unit: BusinessUnit, kind: str, amount: Fraction) -> BusinessUnit:
    """Return the unit with more usage of one kind, of which it has a window. Counts end at the largest number."""
    if kind == "dollars" and unit.budget is not None:
        window = unit.budget.window
        more = replace(window, usage=_dollars(window.usage, amount))
        return replace(unit, budget=replace(unit.budget, window=more))
    if unit.rate_limit is None:
        return unit
    limit = unit.rate_limit
    if kind == "tokens":
        return replace(unit, rate_limit=replace(limit, token=_counted(limit.token, amount)))
    return replace(unit, rate_limit=replace(limit, request=_counted(limit.request, amount)))


def _counted(counter: Counter, amount: Fraction) -> Counter:
    usage = min(int(counter.window.usage + amount), _MAX_COUNT)
    return replace(counter, window=replace(counter.window, usage=usage))


def _dollars(usage: Number, amount: Fraction) -> float:
    """Add as decimal numbers, so that 0.1 and 0.2 make 0.3."""
    return float(Decimal(str(usage)) + Decimal(amount.numerator) / Decimal(amount.denominator))


class Meters:
    """The meters of one sandbox by unit. The sandbox has none while no unit is metered."""

    def __init__(self, sandbox: Sandbox, rates: Mapping[str, Amounts]) -> None:
        """Meter units of a sandbox from now on, at these rates by unit."""
        self._sandbox, now = sandbox, sandbox.clock()
        self._meters = {unit_id: Meter(amounts, now) for unit_id, amounts in rates.items()}

    def settle(self, unit_id: str) -> None:
        """Store what the meter of a unit has counted up to now, if it has one."""
        if unit_id not in self._meters:
            return
        with self._sandbox.lock:
            meter, now = self._meters.get(unit_id), self._sandbox.clock()
            if meter is None or self._sandbox.meters is not self:  # a reset has ended the meters meanwhile
                return

            def work(tx: Transaction) -> Meter | None:
                unit = tx.unit(unit_id)
                if unit is None:
                    return None
                metered, settled = accrued(unit, meter, now)
                if metered is not unit:
                    tx.update_unit(metered)
                return settled

            after = self._sandbox.store.run(work)
            if after is None:
                del self._meters[unit_id]
            else:
                self._meters[unit_id] = after

    def settle_all(self) -> None:
        """Store what every meter has counted up to now."""
        for unit_id in tuple(self._meters):
            self.settle(unit_id)

    def set(self, unit_id: str, rates: Amounts) -> None:
        """Meter a unit at these rates from now on."""
        self.settle(unit_id)
        self._meters[unit_id] = Meter(rates, self._sandbox.clock())

    def stop(self, unit_id: str) -> None:
        """Meter a unit no more; its usage stays."""
        self.settle(unit_id)
        self._meters.pop(unit_id, None)

    def restart_from_now(self) -> None:
        """Let meters that have counted beyond the present time count from it, after the clock was set back."""
        now = self._sandbox.clock()
        for unit_id, meter in self._meters.items():
            if meter.since > now:
                self._meters[unit_id] = replace(meter, since=now)

    def rates(self) -> dict[str, Amounts]:
        """Return the rates by unit."""
        return {unit_id: meter.rates for unit_id, meter in self._meters.items()}

    def __bool__(self) -> bool:
        """Return whether any unit is metered."""
        return bool(self._meters)


def settle_and_get_rates(sandbox: Sandbox) -> Mapping[str, Amounts]:
    """Bring the usage of metered units up to date. Return the rates by unit."""
    if sandbox.meters is None:
        return {}
    sandbox.meters.settle_all()
    return sandbox.meters.rates()
