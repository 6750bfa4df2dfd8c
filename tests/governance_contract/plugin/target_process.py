"""The process of a target that the run starts: it is started again when it ends, and stopped with the run."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from ..vocabulary import ENDED

_MOST_RESTARTS = 50
_LAST_BYTES = 4000
_LAST_LINES = 5
_STOP_WITHIN = 5.0
"""Seconds between the request to stop and the end of the process."""
_OF_THE_CHECKS = ("PYTHONHASHSEED", "PYTHONSAFEPATH", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
"""Environment variables that the command ``check`` sets for its own process."""


class StartedTarget:
    """A process that serves the target."""

    def __init__(self, command: str) -> None:
        """Start the command, without a shell.

        Raises:
            ValueError: the command cannot be started.
        """
        self.command = command
        try:
            self._words = shlex.split(command)
            if not self._words:
                raise ValueError("it is empty")
            self._output = tempfile.TemporaryFile()  # noqa: SIM115  open until the process is stopped
            try:
                self._process = self._start()
            except OSError:
                self._output.close()
                raise
        except (ValueError, OSError) as error:
            raise ValueError(f"cannot start {command!r}: {getattr(error, 'strerror', None) or error}") from error
        self._stopping = False
        self._changing = threading.Lock()
        """Held while the process is started again, or while the run decides to stop it."""
        self._ends: list[int] = []
        self._reported = 0
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if name not in _OF_THE_CHECKS}
        return subprocess.Popen(  # noqa: S603  the command of the user
            self._words,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C must not stop it: the checks still clean up
        )

    def _watch(self) -> None:
        while True:
            status = self._process.wait()
            with self._changing:
                if self._stopping:
                    return
                self._ends.append(status)
                if len(self._ends) > _MOST_RESTARTS:
                    return
                with suppress(OSError):
                    self._process = self._start()

    def new_end(self) -> str:
        """Return how the process ended since the last call, with the end of its output; empty if it did not end."""
        if len(self._ends) == self._reported:
            return ""
        self._reported = len(self._ends)
        status = self._ends[-1]
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        last = self.last_output()
        return f"{ENDED} {how}" + (f", its last output was: {last}" if last else "")

    def last_output(self) -> str:
        """Return the last lines that the process wrote, as one line; empty after it was stopped."""
        if self._output.closed:
            return ""
        size = os.fstat(self._output.fileno()).st_size
        written = os.pread(self._output.fileno(), _LAST_BYTES, max(0, size - _LAST_BYTES))
        return " | ".join(written.decode("utf-8", "replace").strip().splitlines()[-_LAST_LINES:])

    def wait(self, answers: Callable[[], bool], seconds: float) -> None:
        """Wait until the target responds.

        Raises:
            ValueError: the process ends, or the target does not respond in time.
        """
        until = time.monotonic() + seconds
        while not answers():
            if end := self.new_end():
                raise ValueError(f"the command {self.command!r} does not keep running: {end}")
            if time.monotonic() > until:
                last = self.last_output()
                said = f"; its last output was: {last}" if last else ""
                raise ValueError(f"the target does not respond {seconds:g} s after {self.command!r}{said}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the process and its children. Stopping twice has no effect."""
        with self._changing:
            if self._stopping:
                return
            self._stopping = True
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_WITHIN)
                break
        self._watcher.join(_STOP_WITHIN)
        self._output.close()
