"""The HTML report in a real browser: it fits a phone in light and in dark, and its own policy lets it be."""

from __future__ import annotations

import http.server
import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from governance_contract.reporting import html
from reports import EVERY

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_QUIET = [
    "--headless",
    "--no-sandbox",  # the page is our own, and CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
_PATIENCE = 60
_SCHEMES = {"dark": 0, "light": 1}
# A headless window has a least width, a frame has none.
_FRAME = """<!doctype html><meta charset="utf-8"><title>A phone</title>
<iframe src="/report" width="360" height="740" style="border: 0"></iframe><script>
addEventListener("load", async () => {
  const inside = document.querySelector("iframe").contentWindow;
  for (const details of inside.document.querySelectorAll("details")) details.open = true;
  const root = inside.document.documentElement;
  const seen = {
    innerWidth: inside.innerWidth,
    scrollWidth: root.scrollWidth,
    dark: inside.matchMedia("(prefers-color-scheme: dark)").matches,
    ground: inside.getComputedStyle(inside.document.body).backgroundColor,
    filter: inside.document.querySelector("#filter:not([hidden])") !== null,
    images: inside.document.querySelectorAll("img").length,
  };
  await fetch("/seen", {method: "POST", body: JSON.stringify(seen)});
});
</script>"""


@pytest.fixture
def look(tmp_path: Path) -> Callable[[str, str], dict[str, Any]]:
    """Show a page to a browser on a phone's width, and return what it measures there."""

    def show(page: str, scheme: str) -> dict[str, Any]:
        answers: queue.Queue[dict[str, Any]] = queue.Queue()

        class Origin(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer({"/": _FRAME, "/report": page}.get(self.path, "").encode())

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

        assert _CHROMIUM is not None
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            options = [f"--user-data-dir={tmp_path}", f"--blink-settings=preferredColorScheme={_SCHEMES[scheme]}"]
            address = f"http://127.0.0.1:{server.server_port}/"
            command = [_CHROMIUM, *_QUIET, *options, "--remote-debugging-port=0", address]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
                try:
                    return answers.get(timeout=_PATIENCE)
                finally:
                    browser.terminate()
                    server.shutdown()

    return show


@pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("scheme", _SCHEMES)
@pytest.mark.parametrize("name", ["red", "unjudged"])
def test_the_page_fits_a_phone(look: Callable[[str, str], dict[str, Any]], name: str, scheme: str) -> None:
    seen = look(html.render(EVERY[name]()), scheme)
    assert seen["innerWidth"] == 360
    assert seen["scrollWidth"] <= seen["innerWidth"]
    assert seen["dark"] == (scheme == "dark")
    assert seen["ground"] == ("rgb(20, 23, 26)" if scheme == "dark" else "rgb(255, 255, 255)")
    assert seen["filter"] == (name == "red"), "the policy keeps the page's own script from running"
    assert seen["images"] == 0
