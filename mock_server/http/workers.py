"""Several processes that serve the same sockets: `mock --workers N`."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable

from mock_server.errors import StartError

_STOPS = {signal.SIGINT, signal.SIGTERM}
_SIGNALS = {*_STOPS, signal.SIGHUP, signal.SIGCHLD}

Serve = Callable[[Callable[[], None], int], None]
"""Calls its first argument when it is ready. Serves until SIGTERM, or until the pipe of the second can be read."""


def supervise(count: int, serve: Serve, ready: Callable[[], None]) -> None:
    """Run `serve` in several processes until SIGINT or SIGTERM; `ready` is called when all of them are.

    A worker that ends is replaced. After SIGHUP each worker is replaced by a new one, which is ready before the old one
    stops. A worker that stops completes its requests. The workers stop if this process is killed.

    Raises:
        StartError: a worker ended before it was ready.
    """
    handler = signal.signal(signal.SIGCHLD, lambda *_: None)  # a signal without a handler is not kept for sigwait
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    workers = _Workers(serve)
    try:
        for _ in range(count):
            workers.start()
        ready()
        workers.watch()
    finally:
        workers.stop()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGCHLD, handler)


class _Workers:
    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._running: set[int] = set()
        self._retired: set[int] = set()
        """Processes that were told to stop."""
        self._alive, self._held = os.pipe()
        """The second end is open as long as this process lives; nothing is written to it."""

    def start(self) -> None:
        """Start one process and wait until it is ready."""
        reader, writer = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(reader)
            os.close(self._held)
            self._work(writer)
        os.close(writer)
        is_ready = os.read(reader, 1)
        os.close(reader)
        self._running.add(pid)
        if not is_ready:
            raise StartError("a worker ended at its start")

    def _work(self, writer: int) -> None:
        """Serve in the new process, and end it."""
        code = 1
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # Ctrl-C reaches every process of a terminal, but only the first one decides what the others do.
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGCHLD})
            self._serve(lambda: os.close(writer) if os.write(writer, b".") else None, self._alive)
            code = 0
        except Exception:  # noqa: BLE001 - the code of the caller must not run twice
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def watch(self) -> None:
        """Replace workers until a signal asks to stop."""
        while (number := signal.sigwait(_SIGNALS)) not in _STOPS:
            if number == signal.SIGHUP:
                for old in list(self._running):
                    self.start()
                    self._retire(old)
            for pid, status in self._ended():
                cause = os.waitstatus_to_exitcode(status)
                print(f"governance-contract mock: worker {pid} ended ({cause}) and is replaced", file=sys.stderr)  # noqa: T201
                self.start()

    def _retire(self, pid: int) -> None:
        self._running.discard(pid)
        self._retired.add(pid)
        os.kill(pid, signal.SIGTERM)

    def _ended(self) -> list[tuple[int, int]]:
        """Return the processes that ended without being told to, with their statuses."""
        ended = []
        while self._running or self._retired:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            if pid in self._running:
                ended.append((pid, status))
            self._running.discard(pid)
            self._retired.discard(pid)
        return ended

    def stop(self) -> None:
        """Stop all processes; another signal makes them drop their requests."""
        self._ended()
        for pid in list(self._running):
            self._retire(pid)
        while self._retired:
            if signal.sigwait(_SIGNALS) in _STOPS:
                for pid in self._retired:
                    os.kill(pid, signal.SIGTERM)
            self._ended()
        os.close(self._held)
        os.close(self._alive)
