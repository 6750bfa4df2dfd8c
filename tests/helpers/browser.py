"""A fixture that opens pages in a browser."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
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
_TIMEOUT_SECONDS = 60
Browse = Callable[..., dict[str, Any]]


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Open pages in a browser: ``browse(pages, *options)`` returns the JSON that the page at / posts to /seen.

    ``pages`` maps paths to HTML; all of them are served from one origin, ``http://localhost`` at a free port.
    """
    if _CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    executable = _CHROMIUM

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
