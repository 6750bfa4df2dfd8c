"""Files of another kind are refused unchanged, older ones are migrated, and no acknowledged write is lost."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace

import pytest
import stores

from mock_server.domain.model import BusinessUnit
from mock_server.errors import StartError
from mock_server.store import StoreError, Transaction, open_store
from mock_server.store import sqlite as module

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def existing(path: Path, count: int = 1) -> None:
    units = [BusinessUnit(f"bu-{number}", f"Unit {number}", NOW, NOW) for number in range(count)]
    open_store(str(path), lambda: (units, [])).close()


def refusal(path: Path) -> str:
    """Return why the store is refused. The file must be unchanged."""
    before = path.read_bytes()
    with pytest.raises(StartError) as raised:
        open_store(str(path))
    assert path.read_bytes() == before
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("content", [b"", b"text", b"SQLite format 3\0", b"\0" * 8192])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    assert "is not a file of this mock" in refusal(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE units (id TEXT)")
    connection.close()
    assert "is not a file of this mock" in refusal(path)


@pytest.mark.parametrize("damage", ["truncated", "zeroed"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "state.db"
    existing(path, 500)
    content = path.read_bytes()
    kept = len(content) // 2
    path.write_bytes(content[:kept] + (b"" if damage == "truncated" else bytes(len(content) - kept)))
    assert "is damaged" in refusal(path)


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    existing(path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "newer version" in refusal(path)


def test_an_older_file_is_migrated_and_a_copy_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.db"
    existing(path)
    monkeypatch.setattr(module, "MIGRATIONS", (("ALTER TABLE units ADD COLUMN note TEXT",),))
    store = open_store(str(path))
    assert store.run(lambda tx: tx.page("", 0, None)).total == 1
    store.close()
    with sqlite3.connect(path) as new, sqlite3.connect(tmp_path / "state.db.v1") as old:
        assert new.execute("SELECT note FROM units").fetchall() == [(None,)]
        assert old.execute("PRAGMA user_version").fetchall() == [(1,)]
    new.close()
    old.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.db"
    existing(path)
    monkeypatch.setattr(module, "MIGRATIONS", (("ALTER TABLE units ADD COLUMN note TEXT", "nonsense"),))
    with pytest.raises(StartError, match="nonsense"):
        open_store(str(path))
    monkeypatch.undo()
    open_store(str(path)).close()


@pytest.mark.parametrize("url", ["", "mysql://x", "missing/folder/state.db", ".", "postgresql://127.0.0.1:1/x"])
def test_a_store_that_cannot_be_used_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(StartError) as raised:
        open_store(url)
    assert "\n" not in str(raised.value)


def test_a_held_lock_fails_the_request_and_the_next_one_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.db"
    monkeypatch.setattr(module, "_BUSY_SECONDS", 0.01)
    existing(path)
    store = open_store(str(path))
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        store.run(lambda tx: tx.delete_unit("bu-0"))
    assert store.run(lambda tx: tx.page("", 0, 1), reads_only=True).total == 1
    holder.close()
    store.run(lambda tx: tx.delete_unit("bu-0"))
    store.close()


def test_writers_take_turns(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "state.db"))
    together = Barrier(12)
    log: list[tuple[str, int]] = []

    def write(number: int) -> None:
        def work(tx: Transaction) -> None:
            log.append(("begin", number))
            tx.add_unit(BusinessUnit(f"bu-{number}", f"Unit {number}", NOW, NOW))
            log.append(("end", number))

        together.wait(timeout=10)
        store.run(work)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(write, range(12)))
    order = [number for step, number in log if step == "begin"]
    assert log == [(step, number) for number in order for step in ("begin", "end")]
    assert sorted(order) == list(range(12))
    assert store.run(lambda tx: tx.page("", 0, 1)).total == 12
    store.close()


@pytest.mark.parametrize(("written", "succeeds"), [([1, 1, 2], True), ([1, 0], False)])
def test_a_writer_waits_as_long_as_others_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: list[int], succeeds: bool
) -> None:
    """`written` is how many others write in each of the times after which the writer asks again."""
    store = module.open_file(tmp_path / "state.db", lambda: ((), ()))
    periods = iter(written)

    def acquire(timeout: float) -> bool:
        others = next(periods, None)
        store._written += others or 0
        return others is None

    monkeypatch.setattr(store, "_writing", SimpleNamespace(acquire=acquire, release=lambda: None))
    with nullcontext() if succeeds else pytest.raises(StoreError, match="locked"):
        assert store.run(lambda tx: tx.page("", 0, 1)).total == 0
    assert next(periods, None) is None
    store.close()


def test_a_restarted_postgresql_is_used_again(postgresql: stores.Server) -> None:
    store = open_store(postgresql.new_database(), lambda: ([BusinessUnit("bu-0", "Unit", NOW, NOW)], []))
    postgresql.stop()
    with pytest.raises(StoreError):
        store.run(lambda tx: tx.page("", 0, 1))
    postgresql.start()
    assert store.run(lambda tx: tx.page("", 0, 1)).total == 1
    store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_acknowledged_write_is_lost_by_a_kill(kind: str) -> None:
    if kind == "postgresql" and (reason := stores.missing()):
        pytest.skip(reason)
    command = [sys.executable, "bench/kill.py", "--kills", "3", "--store", kind]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    assert ", 0 lost" in done.stdout
    assert "Traceback" not in done.stderr
