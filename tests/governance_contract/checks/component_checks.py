"""Helpers of tests on one component of the governance, and on the component that an update does not name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ..contract.components import COMPONENTS
from ..target.errors import NotApplicable
from ..target.unit import Unit, UnitState, component_of, other_component, settings_in
from . import expect
from .inputs.sample_settings import BUDGET, RATE_LIMIT, SETTINGS

EACH_COMPONENT = pytest.mark.parametrize("component", COMPONENTS)
A_LIMIT = {"budget": "max_limit", "rate_limit": "request_max_limit"}
"""A limit of each component."""


def read_both(unit: Unit) -> UnitState:
    """Read a named unit and return its state. Skips the test if the unit does not have both components."""
    state = unit.read()
    if any(component_of(state, component) is None for component in COMPONENTS):
        raise NotApplicable("the named business unit does not have both components")
    return state


@contextmanager
def settings_restored(unit: Unit, *components: str) -> Iterator[dict[str, dict[str, Any]]]:
    """Yield the settings of the components of a unit; set them again at the end. Skips the test if there are none."""
    state = unit.read()
    settings = {component: present for component in components if (present := settings_in(state, component))}
    if not settings:
        raise NotApplicable(f"the business unit has no settings of {' and '.join(components)}")
    try:
        yield settings
    finally:
        unit.put(settings)


def update_and_expect_other_unchanged(unit: Unit, component: str, change: dict[str, Any]) -> None:
    """Set both components, send a change of one, and expect that the other component is unchanged."""
    other = other_component(component)
    before = unit.set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    exchange = unit.put({component: change})
    expect.shows(expect.succeeded(exchange), other, SETTINGS[other].usual, exchange)
    expect.other_component_unchanged(unit, before, unit.read(), component, exchange)
