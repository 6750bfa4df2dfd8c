"""The module of the benchmark that reads reports."""

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
    """The module of the benchmark, which is no package that is installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(_BENCH)
        yield importlib.import_module("findings")
