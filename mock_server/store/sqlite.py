"""The store in a SQLite file, for several threads and processes of one machine."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from urllib.parse import quote

from mock_server.errors import StartError
from mock_server.store.interface import Seed, StoreError, Transaction, fill
from mock_server.store.sql import SqlTransaction

T = TypeVar("T")
_APPLICATION_ID = 0x676F766D  # "govm", at offset 68 of the file
_BUSY_SECONDS = 5.0
_CONTAINS = "instr(folded, ?) > 0"
_SCHEMA = """
CREATE TABLE units (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  name_key BLOB NOT NULL UNIQUE,
  folded BLOB NOT NULL,
  doc TEXT NOT NULL
) STRICT;
CREATE TABLE teams (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, name BLOB NOT NULL, unit_id BLOB) STRICT;
CREATE INDEX teams_of_unit ON teams (unit_id);
CREATE TABLE counts (level INTEGER, node INTEGER, units INTEGER NOT NULL, PRIMARY KEY (level, node))
  STRICT, WITHOUT ROWID;
"""
"""The tables of version 1. They never change here: `_create` runs these statements and then all `MIGRATIONS`.

`postgresql.py` has the same tables. A change of the tables is made in both.
"""
MIGRATIONS: tuple[tuple[str, ...], ...] = ()
"""The statements that lead from version 1 of the tables to version 2, from 2 to 3, and so on.

A change of the tables adds one step here. A new file runs through all steps, and an older one through those that it
lacks, so both end with the same tables.
"""


def open_file(path: Path, seed: Seed) -> SqliteStore:
    """Return the store in a file, which is created with the state of `seed` if it does not exist.

    Raises:
        StartError: the file is something else, damaged, from a newer version, or cannot be used. It is not changed.
    """
    try:
        if not path.exists():
            _create(path, seed)
        if not os.access(path, os.W_OK):  # SQLite would open it, and fail each write later
            raise StartError(f"the store {path} cannot be written; it was not changed")
        _refuse_foreign(path)
        _refuse_damaged(path)
        _migrate(path)
        store = SqliteStore(path)
        store.run(lambda tx: tx.page("", 0, 0))  # shows that the tables can be read, and locked for writing
    except (OSError, sqlite3.Error, StoreError) as error:
        raise StartError(f"cannot use the store {path}: {getattr(error, 'strerror', None) or error}") from None
    return store


def _version() -> int:
    return len(MIGRATIONS) + 1


def _create(path: Path, seed: Seed) -> None:
    """Create the complete file under another name first, so that no process ever finds a part of it."""
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        new = Path(folder, "new")
        with closing(sqlite3.connect(new, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(f"BEGIN;{_SCHEMA}")
            for statement in chain.from_iterable(MIGRATIONS):
                connection.execute(statement)
            transaction = SqlTransaction(connection.execute, contains=_CONTAINS)
            fill(transaction, *seed())
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_version()}")
            connection.execute("COMMIT")
        with suppress(FileExistsError):  # another process was first
            os.link(new, path)
    folder_descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder_descriptor)
    finally:
        os.close(folder_descriptor)


def _refuse_foreign(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(100)
    if head[:16] != b"SQLite format 3\0" or int.from_bytes(head[68:72], "big") != _APPLICATION_ID:
        raise StartError(f"the store {path} is not a file of this mock, or it is damaged; it was not changed")


def _refuse_damaged(path: Path) -> None:
    connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
    try:
        [version] = connection.execute("PRAGMA user_version").fetchone()
        if version > _version():
            raise StartError(f"the store {path} is from a newer version of this mock; it was not changed")
        [result] = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        result = str(error)
    finally:
        connection.close()
    if result != "ok":
        raise StartError(f"the store {path} is damaged ({' '.join(result.split())}); it was not changed")


def _migrate(path: Path) -> None:
    """Bring an older schema to this version in one transaction. A copy of the file before it is kept."""
    connection = _connect(path)
    try:
        connection.execute("BEGIN IMMEDIATE")
        [version] = connection.execute("PRAGMA user_version").fetchone()
        if version < _version():
            copy = path.with_name(f"{path.name}.v{version}")
            with suppress(FileNotFoundError):
                copy.unlink()
            with closing(sqlite3.connect(path)) as reader:  # the lock for writing keeps others from changing the state
                reader.execute("VACUUM INTO ?", (str(copy),))
            for statement in chain.from_iterable(MIGRATIONS[version - 1 :]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_version()}")
        connection.execute("COMMIT")
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rw",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,  # only close() is called by another thread
        cached_statements=256,
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a commit returns after the disk has the change
    return connection


class SqliteStore:
    """One connection for each thread. Writers wait for each other, readers wait for nobody."""

    waits = True
    kind = "file"

    def __init__(self, path: Path) -> None:
        """Use a file that exists."""
        self._path = path
        self._writing = threading.Lock()  # SQLite lets waiting writers sleep and compete; a lock wakes one of them
        self._written = 0
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []

    def run(self, work: Callable[[Transaction], T], *, reads_only: bool = False) -> T:
        """Run a function in one transaction; one that writes has the lock for writing from its start."""
        if reads_only:
            return self._run(work, "BEGIN")
        written = self._written
        while not self._writing.acquire(timeout=_BUSY_SECONDS):
            if self._written == written:  # the writers before this one wait for another process
                raise StoreError(f"{self._path}: database is locked")
            written = self._written
        try:
            result = self._run(work, "BEGIN IMMEDIATE")
            self._written += 1
            return result
        finally:
            self._writing.release()

    def _run(self, work: Callable[[Transaction], T], begin: str) -> T:
        try:
            connection = self._connection()
            connection.execute(begin)
            try:
                result = work(SqlTransaction(connection.execute, contains=_CONTAINS))
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error
        return result

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = _connect(self._path)
            self._connections.append(connection)
        return connection

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._local = threading.local()
