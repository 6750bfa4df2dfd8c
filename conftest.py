"""The order of the tests. A run of the checks also loads this file, so it may import only pytest."""

from __future__ import annotations

import gc

import pytest

_LONGEST_FIRST = (
    "test_repeated_runs",
    "test_shared_target",
    "test_contract_edits",
    "test_odd_targets",
    "test_wheel",
    "test_generators",
    "test_broken_operations",
    "test_variants",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start long tests first. With pytest-xdist, a long test that starts last would run alone."""
    ranks = {name: rank for rank, name in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(ranks)))


def pytest_collection_finish() -> None:
    """Keep the garbage collection from looking at modules and tests again and again; they stay until the end."""
    gc.freeze()
