"""Fixtures of the unit tests."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import browse as browse

_BENCH = Path(__file__).resolve().parents[2] / "bench"


@pytest.fixture(scope="module")
def findings() -> Iterator[Any]:
    """Import ``bench/findings.py``, which is not part of an installed package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(_BENCH)
        yield importlib.import_module("findings")
