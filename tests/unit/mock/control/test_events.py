"""Server-sent events: a stream ends when its client leaves."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from mock_server.control.journal import events
from mock_server.control.journal.events import stream


async def _is_ended(waits: asyncio.Event, turns: int) -> bool:
    """Whether a stream ends that is cancelled some turns of the event loop after something happened.

    `waits` is set when the first events are out and the stream waits for others.
    """
    sandbox: Any = SimpleNamespace(listeners=set(), revision=0)
    journal: Any = SimpleNamespace(listeners=set(), cleared_at=0, last=0, after=lambda number: [])

    async def read() -> None:
        async for _ in stream(sandbox, journal, 0):
            pass

    task = asyncio.create_task(read())
    await asyncio.wait_for(waits.wait(), timeout=10)
    for notify in tuple(journal.listeners):
        notify()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    ended, _ = await asyncio.wait([task], timeout=1)
    task.cancel()
    return bool(ended)


@pytest.mark.parametrize("turns", range(5))
def test_a_stream_ends_if_something_happens_as_its_client_leaves(turns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = asyncio.Event()

    class Wake(asyncio.Event):
        async def wait(self) -> Literal[True]:
            waits.set()
            return await super().wait()

    monkeypatch.setattr(events, "asyncio", SimpleNamespace(**(vars(asyncio) | {"Event": Wake})))
    assert asyncio.run(_is_ended(waits, turns))
