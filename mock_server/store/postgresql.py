"""The store in PostgreSQL, for several processes on several machines."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic, sleep
from typing import Any, TypeVar

from mock_server.errors import StartError
from mock_server.store.interface import Seed, StoreError, Transaction, fill
from mock_server.store.sql import SqlTransaction

try:
    import psycopg
    from psycopg import errors
except ImportError as error:  # psycopg, or the library libpq that it needs
    raise StartError("PostgreSQL needs psycopg: pip install 'path/to/governance-contract[postgresql]'") from error

T = TypeVar("T")
_VERSION = 1
_ATTEMPTS = 20
_CONNECT_SECONDS = 3
_LOCK_MILLISECONDS = 5000
_HANG_SECONDS = 10.0  # longer than a transaction waits for a lock
_CONTAINS = "position(? in folded) > 0"
_NAMESPACE = "governance_mock"
_START_LOCK = 0x676F766D
_SCHEMA = (
    f"CREATE SCHEMA {_NAMESPACE}",
    "CREATE TABLE version (version integer NOT NULL)",
    f"INSERT INTO version VALUES ({_VERSION})",  # noqa: S608
    """CREATE TABLE units (
         seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
         id bytea NOT NULL UNIQUE,
         name_key bytea NOT NULL UNIQUE,
         folded bytea NOT NULL,
         doc text NOT NULL)""",
    """CREATE TABLE teams (
         seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id bytea NOT NULL UNIQUE, name bytea NOT NULL,
         unit_id bytea)""",
    "CREATE INDEX teams_of_unit ON teams (unit_id)",
    "CREATE TABLE counts (level integer, node bigint, units bigint NOT NULL, PRIMARY KEY (level, node))",
)
"""The tables of this version. `sqlite.py` has the same tables, as version 1 and `MIGRATIONS`.

A change of the tables is made in both. Here it changes the statements and raises `_VERSION`: a database with another
version is refused, and its owner moves the state with `--export` and `--seed-file`.
"""
_COLLISIONS = (errors.SerializationFailure, errors.DeadlockDetected, errors.UniqueViolation)


def open_database(url: str, seed: Seed) -> PostgresqlStore:
    """Return the store in a database; its tables are created in a schema of their own, with the state of `seed`.

    Raises:
        StartError: the database cannot be used, or its schema is of another version or of something else.
    """
    store = PostgresqlStore(url)
    try:
        _prepare(store.connection(), seed)
    except StartError:
        store.close()
        raise
    except (psycopg.Error, StoreError) as error:
        store.close()
        raise StartError(f"cannot use the store in PostgreSQL: {_line(error)}") from None
    return store


def _prepare(connection: psycopg.Connection[Any], seed: Seed) -> None:
    """Create the tables in one transaction, or refuse those that this version cannot use."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_START_LOCK,))
        exists = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (_NAMESPACE,)).fetchone()
        if exists is None:
            for statement in _SCHEMA:
                connection.execute(statement)
            transaction = _transaction(connection, reads_only=False)
            fill(transaction, *seed())
            return
        known = connection.execute("SELECT to_regclass('governance_mock.version')").fetchone()
        if known is None or known[0] is None:
            raise StartError(f"the schema {_NAMESPACE} in PostgreSQL is not of this mock; it was not changed")
        row = connection.execute("SELECT version FROM version").fetchone()
        if row is None or row[0] != _VERSION:
            raise StartError(f"the schema {_NAMESPACE} in PostgreSQL has another version; it was not changed")


def _transaction(connection: psycopg.Connection[Any], *, reads_only: bool) -> SqlTransaction:
    def execute(sql: str, values: Sequence[Any]) -> psycopg.Cursor[Any]:
        return connection.execute(sql.replace("?", "%s"), values)

    return SqlTransaction(execute, contains=_CONTAINS, lock="" if reads_only else " FOR UPDATE")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())


class _Deadline:
    """The end of the time of one transaction."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.is_over = False
        self._at, self._descriptor = monotonic() + _HANG_SECONDS, connection.fileno()

    def check(self) -> None:
        """End the connection if the time is over: the server hangs and does not cancel a statement, or is silent."""
        if not self.is_over and monotonic() > self._at:
            self.is_over = True
            with suppress(OSError), socket.socket(fileno=os.dup(self._descriptor)) as connection:
                connection.shutdown(socket.SHUT_RDWR)


class _Watch:
    """Checks deadlines on a thread that ends when there are none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._deadlines: set[_Deadline] = set()
        self._thread: threading.Thread | None = None

    def begin(self, deadline: _Deadline) -> None:
        with self._lock:
            self._deadlines.add(deadline)
            if self._thread is None or not self._thread.is_alive():  # it does not live on in a forked process
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()

    def end(self, deadline: _Deadline) -> None:
        with self._lock:
            self._deadlines.discard(deadline)

    def _run(self) -> None:
        while True:
            sleep(_HANG_SECONDS / 10)
            with self._lock:  # no transaction ends meanwhile, so that a descriptor still belongs to its connection
                if not self._deadlines:
                    self._thread = None
                    return
                for deadline in self._deadlines:
                    deadline.check()


class PostgresqlStore:
    """One connection for each thread. Writers lock the rows that they read; a reader has a snapshot."""

    waits = True
    kind = "database"

    def __init__(self, url: str) -> None:
        """Connect later, when a thread first needs a connection."""
        self._url = url
        self._local = threading.local()
        self._connections: list[psycopg.Connection[Any]] = []
        self._watch = _Watch()

    def run(self, work: Callable[[Transaction], T], *, reads_only: bool = False) -> T:
        """Run a function in one transaction, again after a collision or a lost connection.

        A commit whose answer was lost is not repeated, since it may have been done. A server that does not answer in
        _HANG_SECONDS is not asked again.
        """
        for attempt in range(_ATTEMPTS):
            committing = False
            connection = self.connection()
            deadline = _Deadline(connection)
            self._watch.begin(deadline)
            try:
                connection.execute(_BEGIN_READ if reads_only else "BEGIN")
                result = work(_transaction(connection, reads_only=reads_only))
                committing = True
                connection.execute("COMMIT")
            except _COLLISIONS as error:
                self._roll_back(connection)
                reason: psycopg.Error = error
            except psycopg.Error as error:
                self._roll_back(connection)
                if deadline.is_over:
                    raise StoreError(f"PostgreSQL: no answer in {_HANG_SECONDS:g} seconds") from error
                if committing or not connection.closed or attempt > 1:
                    raise StoreError(f"PostgreSQL: {_line(error)}") from error
                reason = error
            except BaseException:
                self._roll_back(connection)
                raise
            else:
                return result
            finally:
                self._watch.end(deadline)
        raise StoreError(f"PostgreSQL: {_ATTEMPTS} attempts failed: {_line(reason)}") from reason

    def _roll_back(self, connection: psycopg.Connection[Any]) -> None:
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()

    def connection(self) -> psycopg.Connection[Any]:
        """Return the connection of this thread, a new one if there is none; raises StoreError."""
        connection: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            try:
                connection = psycopg.connect(self._url, autocommit=True, connect_timeout=_CONNECT_SECONDS)
                connection.execute(f"SET search_path TO {_NAMESPACE}")
                connection.execute("SET synchronous_commit TO on")
                connection.execute(f"SET lock_timeout TO {_LOCK_MILLISECONDS}")
            except psycopg.Error as error:
                raise StoreError(f"PostgreSQL: {_line(error)}") from error
            self._local.connection = connection
            still_open = [other for other in self._connections if not other.closed]
            self._connections = [*still_open, connection]
        return connection

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()


_BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
