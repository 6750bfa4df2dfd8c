"""Chromium for the tests: a fixture that opens pages, and a browser that Playwright drives."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from stub_server import Request, Response, stub_server

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_QUIET = [
    "--headless",
    "--no-sandbox",  # the pages are trusted, and CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
]
_DRIVEN = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP *.example 127.0.0.1"]
_TIMEOUT_SECONDS = 60
Browse = Callable[..., dict[str, Any]]


def _chromium() -> str:
    """Return the path of Chromium; skip the test without one."""
    if _CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    return _CHROMIUM


@contextmanager
def browsers(count: int = 1) -> Iterator[list[Browser]]:
    """Start browsers, in which every name below `.example` is this machine. Skip the test if that is not possible."""
    executable = _chromium()
    with ExitStack() as stack:
        try:
            playwright = stack.enter_context(sync_playwright())
        except Exception as error:  # noqa: BLE001  Playwright raises nothing more special if its Node.js does not start
            pytest.skip(f"the driver of Playwright does not start: {error}")
        yield [
            stack.enter_context(playwright.chromium.launch(executable_path=executable, args=_DRIVEN))
            for _ in range(count)
        ]


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Open pages in a browser: ``browse(pages, *options)`` returns the JSON that the page at / posts to /seen.

    ``pages`` maps paths to HTML; all of them are served from one origin, ``http://localhost`` at a free port.
    """
    executable = _chromium()

    def show(pages: Mapping[str, str], *options: str) -> dict[str, Any]:
        seen: queue.Queue[dict[str, Any]] = queue.Queue()

        def respond(request: Request) -> Response:
            if request.method == "POST":
                seen.put(json.loads(request.body))
            return Response(200, pages.get(request.target, "").encode(), {"Content-Type": "text/html"})

        with stub_server(respond) as server:
            address = f"http://localhost:{server.port}/"
            command = [executable, *_QUIET, f"--user-data-dir={tmp_path}", *options, address]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
                try:
                    return seen.get(timeout=_TIMEOUT_SECONDS)
                finally:
                    browser.terminate()

    return show
