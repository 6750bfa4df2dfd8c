"""All units with usage, windows and meters: what the console shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mock_server.control.pipeline import ControlCall, ControlFunction
from mock_server.control.simulation import clock_json
from mock_server.control.usage import settle_and_get_rates
from mock_server.domain.model import BusinessUnit, Window, current, next_reset
from mock_server.domain.representations import detail_json, timestamp
from mock_server.store import Transaction


def list_units(call: ControlCall) -> Any:
    """Return all units as the API shows one, each with the times of its next resets and with its meter."""
    sandbox = call.sandbox
    rates = settle_and_get_rates(sandbox)
    now = sandbox.clock()

    def work(tx: Transaction) -> list[dict[str, Any]]:
        entries = tx.page("", 0, None).entries
        return [_shown(current(entry.unit, now), entry.team_count, now) for entry in entries]

    units = sandbox.store.run(work, reads_only=True)
    for unit in units:
        unit["meter"] = rates.get(unit["id"])
    return {"clock": clock_json(sandbox), "revision": sandbox.revision, "business_units": units}


def _shown(unit: BusinessUnit, team_count: int, now: datetime) -> dict[str, Any]:
    windows: dict[str, tuple[Window, str | None, bool]] = {}
    if unit.budget is not None:
        windows["budget"] = unit.budget.window, unit.budget.reset_duration, unit.budget.calendar_aligned
    if unit.rate_limit is not None:
        windows["token"] = unit.rate_limit.token.window, unit.rate_limit.token.reset_duration, False
        windows["request"] = unit.rate_limit.request.window, unit.rate_limit.request.reset_duration, False
    resets = {name: next_reset(*parts, now) for name, parts in windows.items()}
    shown = {name: timestamp(instant) for name, instant in resets.items() if instant is not None}
    return {**detail_json(unit, team_count), "next_resets": shown}


OPERATIONS: Mapping[str, ControlFunction] = {"listUnits": list_units}
