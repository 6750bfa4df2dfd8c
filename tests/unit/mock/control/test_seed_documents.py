"""Seed documents: the demo data, errors with their place, and export in the same form."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from controlled import Controlled
from hypothesis import given, settings
from hypothesis import strategies as st
from mock_api import UNITS

from mock_server.contract import yaml12
from mock_server.contract.document import Contract
from mock_server.contract.validation import Validation
from mock_server.domain.model import BusinessUnit
from mock_server.errors import StartError
from mock_server.seeds.reader import SeedError, SeedReader, demo_path, document_of
from mock_server.seeds.state import State

NOW = datetime(2028, 2, 29, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def reader(contract: Contract) -> SeedReader:
    return SeedReader(contract, Validation(contract))


def read(reader: SeedReader, document: Any) -> State:
    numbers = count(1)
    return reader.state(document, NOW, lambda: f"id-{next(numbers)}")


def share(unit: BusinessUnit) -> float:
    """Return the used share of the budget, and -1 without a budget or a limit."""
    return unit.budget.window.usage / unit.budget.max_limit if unit.budget and unit.budget.max_limit else -1


def test_the_demo_shows_every_kind_of_unit(reader: SeedReader) -> None:
    units = reader.read(demo_path())(NOW, lambda: "same").units
    budgets = [unit.budget for unit in units if unit.budget]
    limits = [unit.rate_limit for unit in units if unit.rate_limit]
    assert len(units) > 40, "three pages"
    for low, high in ((0, 0.5), (0.9, 0.99), (0.999, 1), (1.01, 9)):
        assert any(low < share(unit) <= high for unit in units), (low, high)
    assert {budget.calendar_aligned for budget in budgets} == {True, False}
    has_both = {(unit.budget is not None, unit.rate_limit is not None) for unit in units}
    assert len(has_both) == 4, "with and without each component"
    assert {(limit.token.max_limit is None, limit.request.max_limit is None) for limit in limits} >= {
        (False, True),
        (True, False),
        (False, False),
    }
    assert any(budget.max_limit == 0 for budget in budgets)
    assert any(limit.token.max_limit == 0 and limit.request.max_limit == 0 for limit in limits)
    assert any("/" in unit.id for unit in units)
    assert any("%" in unit.id for unit in units)
    assert sum(not unit.name.isascii() for unit in units) >= 5


def test_every_unit_of_the_demo_is_served(mock: Controlled) -> None:
    shown = mock.control("GET", "/state")["business_units"]
    listed = [
        unit["id"] for page in (1, 2, 3) for unit in mock.call("GET", f"{UNITS}?page={page}").json["business_units"]
    ]
    assert listed == [unit["id"] for unit in shown]


def test_a_state_that_is_exported_is_read_again(mock: Controlled) -> None:
    mock.put("bu-customer-support", {"budget": {"reset_duration": "1h"}})  # its period no longer begins at last_reset
    document = mock.control("GET", "/state")
    budget = document["business_units"][1]["budget"]
    assert budget["period_start"] != budget["last_reset"]
    mock.control("PUT", "/state", {"business_units": []})
    assert mock.total() == 0
    mock.control("PUT", "/state", yaml12.load(yaml12.dump(document).encode()))
    assert mock.control("GET", "/state") == document


def test_times_are_relative_or_absolute(reader: SeedReader) -> None:
    node = {"name": "x", "created_at": "-1d", "updated_at": "2028-02-29T13:00:00+02:00"}
    budget = {"max_limit": 1, "reset_duration": "1M", "calendar_aligned": True}
    [unit] = read(reader, {"business_units": [node | {"budget": budget}]}).units
    assert unit.created_at == datetime(2028, 2, 28, 12, tzinfo=UTC)
    assert unit.updated_at == datetime(2028, 2, 29, 11, tzinfo=UTC)
    assert unit.budget is not None
    assert unit.budget.window.last_reset == datetime(2028, 2, 1, tzinfo=UTC)
    assert unit.budget.created_at == unit.created_at


BUDGET = {"max_limit": 1, "reset_duration": "1h"}
BROKEN: list[tuple[Any, str, str]] = [
    ([], "", "not of type"),
    ({}, "", "business_units"),
    ({"business_units": [{}]}, "/business_units/0", "name"),
    ({"business_units": [{"name": ""}]}, "/business_units/0/name", "contract does not allow"),
    ({"business_units": [{"name": "x" * 256}]}, "/business_units/0/name", "contract does not allow"),
    ({"business_units": [{"name": "x", "owner": 1}]}, "/business_units/0", "owner"),
    ({"business_units": [{"name": "x", "created_at": "-3"}]}, "/business_units/0/created_at", "not a time"),
    ({"business_units": [{"name": "x", "created_at": "2028-02-30T00:00:00Z"}]}, "/business_units/0/created_at", ""),
    ({"business_units": [], "teams": [{}]}, "/teams/0", "name"),
    ({"business_units": [{"name": "x", "budget": {"max_limit": 1}}]}, "/business_units/0/budget", "reset_duration"),
    (
        {"business_units": [{"name": "x", "budget": BUDGET | {"reset_duration": "1x"}}]},
        "/business_units/0/budget/reset_duration",
        "not a duration",
    ),
    (
        {"business_units": [{"name": "x", "budget": BUDGET | {"calendar_aligned": True}}]},
        "/business_units/0/budget/calendar_aligned",
        "cannot be aligned",
    ),
    ({"business_units": [{"name": "x", "rate_limit": {"token_max_limit": 1}}]}, "/business_units/0/rate_limit", ""),
    (
        {"business_units": [{"name": "x", "rate_limit": {"token_current_usage": 2**63}}]},
        "/business_units/0/rate_limit/token_current_usage",
        "contract does not allow",
    ),
    ({"business_units": [{"name": "x", "attributes": {"id": "y"}}]}, "/business_units/0/attributes", ""),
    (
        {"business_units": [{"name": "x", "attributes": {"source_id": 1}}]},
        "/business_units/0/attributes/source_id",
        "contract",
    ),
    ({"business_units": [{"name": "x", "meter": {"dollars": -1}}]}, "/business_units/0/meter/dollars", "minimum"),
    ({"business_units": [{"name": "x"}, {"name": "x"}]}, "/business_units/1/name", "before this one"),
    (
        {"business_units": [{"id": "a", "name": "x"}, {"id": "a", "name": "y"}]},
        "/business_units/1/id",
        "before this one",
    ),
    (
        {"business_units": [{"name": "x", "teams": [{"id": "t", "name": "T"}]}], "teams": [{"id": "t", "name": "T"}]},
        "/teams/0/id",
        "before this one",
    ),
]


@pytest.mark.parametrize(("document", "pointer", "reason"), BROKEN)
def test_a_broken_document_is_refused_with_its_place(
    reader: SeedReader, document: Any, pointer: str, reason: str
) -> None:
    with pytest.raises(SeedError) as refusal:
        read(reader, document)
    assert refusal.value.pointer == pointer
    assert reason in refusal.value.reason


def test_a_broken_document_changes_nothing(mock: Controlled) -> None:
    before = mock.control("GET", "/state")
    error = mock.refused("PUT", "/state", {"business_units": [{"name": "ok"}, {"name": 7}]})
    assert error["pointer"] == "/business_units/1/name"
    assert mock.control("GET", "/state") == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("business_units:\n  - name: a\n  - name: 7\n", "line 3, column 11, /business_units/1/name"),
        ("business_units:\n  - name: a\n    budget: {max_limit: 1}\n", "line 3, column 13, /business_units/0/budget"),
        (
            '{"business_units": [\n {"name": "a", "created_at": "x"}]}',
            "line 2, column 30, /business_units/0/created_at",
        ),
        ("business_units: [", "line 2, column 1"),
        ("business_units: []\nbusiness_units: []\n", "duplicate key 'business_units', line 2, column 1"),
        ("", "the file is empty"),
        ("[]", "line 1, column 1, the document"),
        ("business_units: [{name: a, budget: {max_limit: .nan, reset_duration: 1d}}]", "line 1, column 48"),
    ],
)
def test_a_broken_file_is_refused_with_line_and_column(
    reader: SeedReader, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StartError) as refusal:
        reader.read(path)(NOW, lambda: "id")
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.sampled_from(["1e3", "0o7", "No", "~", "2028-01-01", "1_0", "0x1F", "+.5", ".nan"]) | JSON)
def test_yaml_reads_back_as_the_same_value(value: Any) -> None:
    assert json.dumps(yaml12.load(yaml12.dump([value]).encode())) == json.dumps([value])


def test_the_document_of_a_state_has_the_form_of_seed_files(reader: SeedReader) -> None:
    numbers = count()
    state = reader.read(demo_path())(NOW, lambda: str(next(numbers)))
    assert read(reader, document_of(state)) == state
