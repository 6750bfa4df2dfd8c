"""How a response is delivered, where that is not the usual way.

The application asks for it by a `Delivery` in the WSGI environment. The server of `governance-contract mock` does what
it says; it marks its requests by DELIVERS_KEY, since other servers cannot.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

_PIECE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Delivery:
    """Differences from the usual delivery; the defaults change nothing."""

    delay: float = 0.0
    """Seconds before the first byte."""
    drop: bool = False
    """Close the connection instead of a response."""
    truncate: int | None = None
    """Close the connection after this many bytes of the body, of which the header announces all."""
    bytes_per_second: float | None = None
    """Send the body slowly."""
    stream: AsyncGenerator[bytes, None] | None = None
    """Send these pieces as the body, as soon as each exists, in place of the body of the application."""


async def deliver(
    delivery: Delivery,
    start: dict[str, Any],
    body: bytes,
    send: Callable[[dict[str, Any]], Awaitable[None]],
    close: Callable[[], None],
    receive: Callable[[], Awaitable[dict[str, Any]]],
) -> None:
    """Send a response whose first ASGI message is `start`. `close` ends the connection after what was sent.

    A stream ends when the client disconnects, which `receive` tells.
    """
    if delivery.delay:
        await asyncio.sleep(delivery.delay)
    if delivery.drop:
        close()
        return
    await send(start)
    if delivery.stream is not None:
        await _stream(delivery.stream, send, receive)
    else:
        sent = body if delivery.truncate is None else body[: delivery.truncate]
        await _send_slowly(send, sent, delivery.bytes_per_second)
        if len(sent) < len(body):
            close()
            return
    await send({"type": "http.response.body", "body": b""})


async def _stream(
    pieces: AsyncGenerator[bytes, None],
    send: Callable[[dict[str, Any]], Awaitable[None]],
    receive: Callable[[], Awaitable[dict[str, Any]]],
) -> None:
    tasks = asyncio.create_task(_send_all(pieces, send)), asyncio.create_task(_disconnected(receive))
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


async def _send_all(pieces: AsyncGenerator[bytes, None], send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    async with aclosing(pieces):
        async for piece in pieces:
            await _send_piece(send, piece)


async def _disconnected(receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_slowly(
    send: Callable[[dict[str, Any]], Awaitable[None]], body: bytes, bytes_per_second: float | None
) -> None:
    if bytes_per_second is None:
        await _send_piece(send, body)
        return
    size = max(1, int(bytes_per_second * _PIECE_SECONDS))
    for begin in range(0, len(body), size):
        piece = body[begin : begin + size]
        await asyncio.sleep(len(piece) / bytes_per_second)
        await _send_piece(send, piece)


async def _send_piece(send: Callable[[dict[str, Any]], Awaitable[None]], piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})
