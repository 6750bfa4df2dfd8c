"""The journal and changes of the sandbox as server-sent events (HTML standard, section "Server-sent events")."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

from mock_server.control.journal.entries import entry
from mock_server.control.journal.journal import Journal
from mock_server.sandbox import Sandbox

_ALIVE_SECONDS = 15
_TICK_SECONDS = 0.05
"""The shortest time between two batches, so that a listener takes little from a mock under load."""
_RETRY = b"retry: 1000\n\n"


class Reader:
    """What one listener has seen."""

    def __init__(self, sandbox: Sandbox, journal: Journal, last: int) -> None:
        """Begin after an entry number. A larger number than the last one is that of an earlier mock."""
        self._sandbox, self._journal, self._revision = sandbox, journal, -1
        self._last = last if last <= journal.last else 0
        shows_forgotten = 0 < last <= journal.cleared_at or last > journal.last
        self._cleared_at = -1 if shows_forgotten else journal.cleared_at

    def news(self) -> bytes:
        """Return the events since the last call: `clear`, `entry` and `state`."""
        events: list[bytes] = []
        if self._journal.cleared_at != self._cleared_at:
            self._cleared_at = self._journal.cleared_at
            events.append(_event("clear", {}))
        for exchange in self._journal.after(self._last):
            self._last = exchange.number
            events.append(b"id: %d\n" % exchange.number + _event("entry", entry(exchange)))
        if self._sandbox.revision != self._revision:
            self._revision = self._sandbox.revision
            events.append(_event("state", {"revision": self._revision}))
        return b"".join(events)


def _event(name: str, data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def once(sandbox: Sandbox, journal: Journal, last: int) -> bytes:
    """Return the events up to now, for a server that cannot stream: the browser then asks again after a second."""
    return _RETRY + Reader(sandbox, journal, last).news()


async def stream(sandbox: Sandbox, journal: Journal, last: int) -> AsyncGenerator[bytes, None]:
    """Yield events as they happen, until the iterator is closed."""
    loop, wake = asyncio.get_running_loop(), asyncio.Event()

    def notify() -> None:
        loop.call_soon_threadsafe(wake.set)

    journal.listeners.add(notify)
    sandbox.listeners.add(notify)
    reader = Reader(sandbox, journal, last)
    try:
        yield _RETRY
        while True:
            wake.clear()
            if news := reader.news():
                yield news
                await asyncio.sleep(_TICK_SECONDS)
            try:
                async with asyncio.timeout(_ALIVE_SECONDS):  # wait_for of Python 3.11 can lose a cancellation
                    await wake.wait()
            except TimeoutError:
                yield b": alive\n\n"
    finally:
        journal.listeners.discard(notify)
        sandbox.listeners.discard(notify)
