"""Judges the mock behind a proxy that delays each response, as a target far away does.

Run it from the root of the repository with `python bench/latency.py`. The number of processes is left to the checks.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mocks import KEY, Mock


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Pass bytes on until one side closes, each piece after some seconds. The delays of pieces overlap."""
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def write() -> None:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(due - time.monotonic())
            if not piece:
                break
            writer.write(piece)
            await writer.drain()
        writer.close()

    writing = asyncio.ensure_future(write())
    while piece := await reader.read(65536):
        await pieces.put((time.monotonic() + seconds, piece))
    await pieces.put((time.monotonic() + seconds, b""))
    await writing


@contextmanager
def delayed(port: int, seconds: float) -> Iterator[int]:
    """Run a proxy in front of a port of 127.0.0.1 that delays each response; yield its port."""
    loop = asyncio.new_event_loop()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(_forward(reader, back, 0), _forward(there, writer, seconds))
        except (OSError, asyncio.CancelledError):  # the end of the proxy cancels open connections
            back.close()
            writer.close()

    server = loop.run_until_complete(asyncio.start_server(connected, "127.0.0.1", 0, backlog=200))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks))
    loop.close()


def judge(port: int, *options: str) -> str:
    """Judge a port with the command; return the cells of its row: seconds, processes, requests and verdict."""
    words = [sys.executable, "-m", "governance_contract", "check", f"http://127.0.0.1:{port}", "--seed", "1", *options]
    began = time.monotonic()
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env={**os.environ, "GOVERNANCE_API_KEY": KEY}
    )
    seconds = time.monotonic() - began
    found = [re.search(pattern, done.stdout) for pattern in (r"(\d+) processes judge", r"([\d,]+) requests in")]
    processes, requests = (match[1] if match else "1" for match in found)
    verdict = (done.stdout + done.stderr).splitlines()[-1].partition(" (")[0].partition(" ")[2]
    return f"{seconds:.0f} | {processes} | {requests} | {verdict}"


def main() -> None:
    """Judge the mock at each delay, quickly and whole, and print a table."""
    parser = argparse.ArgumentParser(description="Judge the mock behind a proxy that delays each response.")
    parser.add_argument("--milliseconds", type=float, nargs="+", default=[0, 30, 120], metavar="N")
    options = parser.parse_args()
    mock = Mock("memory")
    try:
        print("| delay | run | seconds | processes | requests | verdict |\n|---|---|---|---|---|---|", flush=True)
        for delay in options.milliseconds:
            with delayed(mock.address[1], delay / 1000) as entrance:
                for run, words in {"quick": ["--quick"], "whole": []}.items():
                    print(f"| {delay:g} ms | {run} | {judge(entrance, *words)} |", flush=True)
    finally:
        mock.kill()


if __name__ == "__main__":
    main()
