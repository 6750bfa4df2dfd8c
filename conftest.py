"""What the tests of this repository share: a real browser. The checks bring their own fixtures and options."""

from __future__ import annotations

import http.server
import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_QUIET = [
    "--headless",
    "--no-sandbox",  # the pages are our own, and CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
]
_PATIENCE = 60
Browse = Callable[..., dict[str, Any]]


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Show pages to a browser: ``browse(pages, *options)`` returns the JSON that the page at / posts to /seen.

    ``pages`` maps paths to HTML; all of them are served from one origin, ``http://localhost`` at a free port.
    """
    if _CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    executable = _CHROMIUM

    def show(pages: Mapping[str, str], *options: str) -> dict[str, Any]:
        answers: queue.Queue[dict[str, Any]] = queue.Queue()
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _origin(pages, answers)) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://localhost:{server.server_port}/"
            command = [executable, *_QUIET, f"--user-data-dir={tmp_path}", *options, address]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
                try:
                    return answers.get(timeout=_PATIENCE)
                finally:
                    browser.terminate()
                    server.shutdown()

    return show


def _origin(pages: Mapping[str, str], answers: queue.Queue[dict[str, Any]]) -> type[http.server.BaseHTTPRequestHandler]:
    class Origin(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(pages.get(self.path, "").encode())

        def do_POST(self) -> None:
            answers.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
            pass

    return Origin
