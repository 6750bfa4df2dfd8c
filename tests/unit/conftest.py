"""Fixtures of the unit tests."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import browse as browse
from hypothesis import settings

# Other work on the machine must not make a test fail.
settings.register_profile("without a deadline", deadline=None)
settings.load_profile("without a deadline")

_BENCH = Path(__file__).resolve().parents[2] / "bench"


def _imported(name: str) -> Iterator[Any]:
    """Import a module of ``bench/``, which is not part of an installed package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(_BENCH)
        yield importlib.import_module(name)


@pytest.fixture(scope="module")
def findings() -> Iterator[Any]:
    yield from _imported("findings")


@pytest.fixture(scope="module")
def histories() -> Iterator[Any]:
    yield from _imported("histories")


@pytest.fixture(scope="module")
def hostile() -> Iterator[Any]:
    yield from _imported("hostile")


@pytest.fixture(scope="module")
def linearizability() -> Iterator[Any]:
    yield from _imported("linearizability")
