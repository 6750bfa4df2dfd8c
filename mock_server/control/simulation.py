"""Operations on simulated time and usage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from mock_server.control.clock import SimulatedClock, changed, later
from mock_server.control.errors import ControlError
from mock_server.control.pipeline import ControlCall, ControlFunction
from mock_server.control.usage import Meters, spent
from mock_server.domain.model import current
from mock_server.domain.representations import detail_json, timestamp
from mock_server.sandbox import Clock, Sandbox
from mock_server.store import Transaction


def clock_json(sandbox: Sandbox) -> dict[str, Any]:
    """Return the clock as control shows it."""
    clock = sandbox.clock
    if isinstance(clock, SimulatedClock):
        return {"now": timestamp(clock()), "frozen": clock.frozen, "speed": clock.speed}
    return {"now": timestamp(clock()), "frozen": False, "speed": 1}


def get_clock(call: ControlCall) -> Any:
    """Return the clock."""
    return clock_json(call.sandbox)


def set_clock(call: ControlCall) -> Any:
    """Set, freeze or speed up the clock."""
    now, body = call.body.get("now"), call.body
    try:
        instant = None if now is None else datetime.fromisoformat(now.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        message = f"not a time that the clock can show: {now!r}"
        raise ControlError(HTTPStatus.BAD_REQUEST, message, "/now") from None
    with call.sandbox.lock:
        clock = changed(call.sandbox.clock, call.sandbox.real_clock, instant, body.get("frozen"), body.get("speed"))
        return _use(call.sandbox, clock)


def advance_clock(call: ControlCall) -> Any:
    """Advance the clock by a duration."""
    sandbox = call.sandbox
    with sandbox.lock:
        instant = later(sandbox.clock(), call.body["duration"])
        return _use(sandbox, changed(sandbox.clock, sandbox.real_clock, instant))


def reset_clock(call: ControlCall) -> Any:
    """Go back to the real time."""
    with call.sandbox.lock:
        return _use(call.sandbox, call.sandbox.real_clock)


def _use(sandbox: Sandbox, clock: Clock) -> dict[str, Any]:
    """Use another clock. Meters count up to the old time, and then from there or from an earlier new time."""
    meters = sandbox.meters
    if meters is not None:
        meters.settle_all()
    sandbox.clock = clock
    if meters is not None:
        meters.restart_from_now()
    sandbox.touch()
    return clock_json(sandbox)


def spend(call: ControlCall) -> Any:
    """Add to the usage of a unit."""
    sandbox, [unit_id] = call.sandbox, call.path
    with sandbox.lock:
        if sandbox.meters is not None:
            sandbox.meters.settle(unit_id)

        def work(tx: Transaction) -> dict[str, Any]:
            unit = tx.unit(unit_id)
            if unit is None:
                raise _no_unit(unit_id)
            changed_unit = spent(unit, call.body, sandbox.clock())
            tx.update_unit(changed_unit)
            return _shown(tx, unit_id, sandbox)

        shown = sandbox.store.run(work)
    sandbox.touch()
    return shown


def _no_unit(unit_id: str) -> ControlError:
    return ControlError(HTTPStatus.NOT_FOUND, f"there is no business unit {unit_id!r}")


def _shown(tx: Transaction, unit_id: str, sandbox: Sandbox) -> dict[str, Any]:
    entry = tx.entry(unit_id)
    if entry is None:
        raise _no_unit(unit_id)
    return detail_json(current(entry.unit, sandbox.clock()), entry.team_count)


def set_meter(call: ControlCall) -> Any:
    """Meter a unit at these rates."""
    sandbox, [unit_id] = call.sandbox, call.path
    with sandbox.lock:
        shown = sandbox.store.run(lambda tx: _shown(tx, unit_id, sandbox), reads_only=True)
        if sandbox.meters is None:
            sandbox.meters = Meters(sandbox, {})
        sandbox.meters.set(unit_id, call.body)
    sandbox.touch()
    return shown


def delete_meter(call: ControlCall) -> None:
    """Meter a unit no more."""
    sandbox, [unit_id] = call.sandbox, call.path
    with sandbox.lock:
        meters = sandbox.meters
        if meters is None or unit_id not in meters.rates():
            raise ControlError(HTTPStatus.NOT_FOUND, f"no meter runs for {unit_id!r}")
        meters.stop(unit_id)
        sandbox.meters = meters if meters else None
    sandbox.touch()


def list_meters(call: ControlCall) -> Any:
    """Return the rates of all metered units."""
    meters = call.sandbox.meters
    return {"meters": meters.rates() if meters is not None else {}}


OPERATIONS: Mapping[str, ControlFunction] = {
    "getClock": get_clock,
    "setClock": set_clock,
    "advanceClock": advance_clock,
    "resetClock": reset_clock,
    "spend": spend,
    "setMeter": set_meter,
    "deleteMeter": delete_meter,
    "listMeters": list_meters,
}
