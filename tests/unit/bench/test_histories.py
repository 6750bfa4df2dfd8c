"""The checker of concurrent histories, and short histories of each store of the mock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import stores

ROOT = Path(__file__).resolve().parents[3]
READ, A, B = ("read", "a", 0), ("budget", "a", 1), ("limit", "a", 2)
CREATE, DELETE = ("create", "a", 0), ("delete", "a", 0)
NEW = (0, 1, CREATE, 200)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([NEW, (2, 3, A, 200), (4, 5, READ, (1, 0))], True),
        ([NEW, (2, 3, A, 200), (4, 5, READ, (0, 0))], False),  # a stale read
        ([NEW, (2, 5, A, 200), (3, 4, READ, (0, 0))], True),
        ([NEW, (2, 5, A, 200), (3, 4, READ, (1, 0)), (4.5, 6, READ, (0, 0))], False),  # seen, and gone
        ([NEW, (2, 5, A, 200), (3, 6, B, 200), (7, 8, READ, (1, 2))], True),
        ([NEW, (2, 5, A, 200), (3, 6, B, 200), (7, 8, READ, (0, 2))], False),  # a lost update
        ([NEW, (2, 3, DELETE, 200), (4, 5, READ, 404), (6, 7, A, 404)], True),
        ([NEW, (2, 5, DELETE, 200), (3, 4, A, 200), (6, 7, READ, (1, 0))], False),  # an update brings it back
        ([NEW, (2, 3, ("create", "b", 0), 200)], False),  # one name, two units
        ([NEW, (0.5, 3, ("create", "", 0), 409), (4, 5, DELETE, 200), (6, 7, ("create", "b", 0), 200)], True),
        ([], True),
    ],
)
def test_the_checker_accepts_what_some_order_explains(
    linearizability: Any, histories: Any, history: list[Any], expected: bool
) -> None:
    operations = [linearizability.Operation(*one) for one in history]
    assert linearizability.is_linearizable(operations, histories.apply, None) is expected


def judged(store: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "bench/histories.py", "--store", store, "--operations", "50", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("store", ["memory", "sqlite", "postgresql"])
def test_concurrent_requests_to_two_mocks_are_linearizable(store: str) -> None:
    if store == "postgresql" and (reason := stores.missing()):
        pytest.skip(reason)
    done = judged(store)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert "400 operations in 8 histories, 0 not linearizable" in done.stdout


def test_a_store_that_loses_updates_is_found() -> None:
    done = judged("broken", "--names", "2")
    assert done.returncode == 1, done
    assert done.stdout.endswith("in 2 histories, 2 not linearizable\n")
