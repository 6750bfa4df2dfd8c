"""Permits for business units that processes share."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from governance_contract.target.unit_permits import OWN, SHARED, UnitPermits

_FORK = multiprocessing.get_context("forkserver")
_LONGEST_WAIT = 30


def _take_each(file: str, pipe: Connection) -> None:
    """Take the permits for each number of units that the pipe gives, and say so."""
    permits = UnitPermits(file)
    while units := pipe.recv():
        permits.give_back()
        permits.take(units)
        pipe.send(units)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The file that the processes share."""
    (tmp_path / "permits").touch()
    return str(tmp_path / "permits")


@pytest.fixture
def other(file: str) -> Iterator[Connection]:
    """Another process, which takes permits when it is told to."""
    here, there = _FORK.Pipe()
    process = _FORK.Process(target=_take_each, args=(file, there))
    process.start()
    yield here
    here.send(0)
    process.join(_LONGEST_WAIT)


def _takes(other: Connection) -> int:
    assert other.poll(_LONGEST_WAIT)
    return int(other.recv())


def test_two_processes_have_places_while_there_are_enough(file: str, other: Connection) -> None:
    UnitPermits(file).take(OWN + 2)
    other.send(OWN + SHARED - 2)
    assert _takes(other) == OWN + SHARED - 2


def test_a_process_waits_until_enough_places_are_free(file: str, other: Connection) -> None:
    permits = UnitPermits(file)
    permits.take(OWN + 2)
    other.send(OWN + SHARED)
    assert not other.poll(0.3)
    permits.give_back()
    assert _takes(other) == OWN + SHARED


def test_the_places_of_a_process_that_ends_are_free(file: str) -> None:
    here, there = _FORK.Pipe()
    process = _FORK.Process(target=_take_each, args=(file, there))
    process.start()
    here.send(OWN + SHARED)
    assert _takes(here)
    process.kill()
    process.join(_LONGEST_WAIT)
    UnitPermits(file).take(OWN + SHARED)


def test_one_process_never_waits() -> None:
    permits = UnitPermits()
    assert not permits.are_shared
    permits.take(100)
    permits.give_back()
