"""The stores of the mock for tests, and a PostgreSQL server that the tests start themselves."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select

from ports import unused_port


def programs() -> Path | None:
    """Return the folder with PostgreSQL's server programs, the newest one, or None."""
    on_path = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]))
    return Path(on_path).resolve().parent if on_path else folders[-1].parent if folders else None


class Server:
    """A PostgreSQL server on loopback with its data in a temporary folder. It refuses to run as root."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.data, self._binaries = folder / "data", binaries
        self._databases = 0
        self._as_user: dict[str, str | int] = {}
        if os.getuid() == 0:
            user = next(one for one in ("postgres", "nobody") if _known(one))
            shutil.chown(folder, user)
            self._as_user = {"user": user, "group": pwd.getpwnam(user).pw_gid}
        self.port = unused_port()
        self._run("initdb", "-D", str(self.data), "-U", "mock", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        done = subprocess.run(
            command, **self._as_user, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/", timeout=60
        )
        assert done.returncode == 0, done.stdout

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        log = str(self.data.parent / "log")
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop at once, as after a crash: with no checkpoint."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill every process of the server at once."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGSTOP)  # it starts no process that would survive
        pids = [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]
        descriptors = [os.pidfd_open(pid) for pid in pids]
        for descriptor in descriptors:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        for descriptor in descriptors:  # it can be read when the process has ended
            select([descriptor], [], [], 10)
            os.close(descriptor)
        (self.data / "postmaster.pid").unlink()  # a process that nobody waited for would count as the running server

    def new_database(self) -> str:
        """Create a database. Return its URL."""
        self._databases += 1
        name = f"test{self._databases}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "mock", name)
        return self.url(name)

    def emptied_database(self) -> str:
        """Remove the tables of the mock from the server's own database, which takes less time than a new one.

        Return its URL.
        """
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS governance_mock CASCADE")
        return self.url()

    def size(self, url: str) -> int:
        """Return the size of a database in bytes."""
        import psycopg

        with psycopg.connect(url) as connection:
            [[size]] = connection.execute("SELECT pg_database_size(current_database())").fetchall()
        return int(size)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://mock@127.0.0.1:{self.port}/{database}"


def _known(user: str) -> bool:
    try:
        return pwd.getpwnam(user).pw_uid != 0
    except KeyError:
        return False


def missing() -> str | None:
    """Return why PostgreSQL cannot be tested here, or None."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed (extra postgresql)"
    return None if programs() else "PostgreSQL's server is not installed"


@contextmanager
def running_server() -> Iterator[Server]:
    binaries = programs()
    assert binaries is not None
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder), binaries)
        try:
            yield server
        finally:
            server.stop()
