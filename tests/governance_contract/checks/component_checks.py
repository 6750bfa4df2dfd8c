"""Helpers of tests on one component of the governance, and on the component that an update does not name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ..contract.components import COMPONENTS
from ..target.errors import NotApplicable
from ..target.unit import Unit, UnitState, component, other_component, settings_of
from . import expect
from .inputs.sample_settings import BUDGET, RATE_LIMIT, SETTINGS

EACH_COMPONENT = pytest.mark.parametrize("name", COMPONENTS)
A_LIMIT = {"budget": "max_limit", "rate_limit": "request_max_limit"}
"""A limit of each component."""


def read_both(unit: Unit) -> UnitState:
    """Read a named unit and return its state. Skips the test if the unit does not have both components."""
    state = unit.read()
    if any(component(state, name) is None for name in COMPONENTS):
        raise NotApplicable("the named business unit does not have both components")
    return state


@contextmanager
def settings_restored(unit: Unit, *names: str) -> Iterator[dict[str, dict[str, Any]]]:
    """Yield the settings of the components of a unit; set them again at the end. Skips the test if there are none."""
    state = unit.read()
    found = {name: given for name in names if (given := settings_of(name, component(state, name)))}
    if not found:
        raise NotApplicable(f"the business unit has no settings of {' and '.join(names)}")
    try:
        yield found
    finally:
        unit.put(found)


def expect_other_unchanged(unit: Unit, name: str, change: dict[str, Any]) -> None:
    """Set both components, send a change of ``name``, and expect that the other component is unchanged."""
    other = other_component(name)
    before = unit.set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    exchange = unit.put({name: change})
    expect.shows(expect.succeeded(exchange), other, SETTINGS[other].usual, exchange)
    expect.other_component_unchanged(unit, before, unit.read(), name, exchange)
