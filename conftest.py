"""The order of the tests. A run of the checks loads this file, too: it must not need more than pytest."""

from __future__ import annotations

import pytest

_LONGEST_FIRST = (
    "test_repetition",
    "test_conduct",
    "test_wheel",
    "test_generators",
    "test_broken_operations",
    "test_variants",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start long tests first: with pytest-xdist one that starts last runs alone."""
    ranks = {name: rank for rank, name in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(ranks)))
