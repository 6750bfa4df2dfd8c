"""A page of another origin uses the mock from a real browser: CORS with the Authorization header works."""

from __future__ import annotations

import http.server
import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from judging import CREDENTIALS

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
_PAGE = """<!doctype html><meta charset="utf-8"><title>Another origin</title><script>
const api = %(url)s + "/api/governance/business-units";
const call = async (path, method, body, key = %(key)s) => {
  const answer = await fetch(api + path, {
    method, headers: {"Authorization": "Bearer " + key, "Content-Type": "application/json"},
    body: body === undefined ? undefined : JSON.stringify(body)
  });
  return [answer.status, await answer.json()];
};
(async () => {
  const seen = {};
  try {
    seen.read = await call("/bu-legal", "GET");
    seen.update = await call("/bu-legal/governance", "PUT", {budget: {max_limit: 42.5, reset_duration: "1M"}});
    seen.later = await call("/bu-legal", "GET");
    seen.refused = await call("/bu-legal", "GET", undefined, "sk-bf-not-a-management-key");
  } catch (error) { seen.error = String(error); }
  await fetch("/seen", {method: "POST", body: JSON.stringify(seen)});
})();
</script>"""


@pytest.fixture
def seen_by_a_browser(mock_url: str, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What a page on an origin of its own got from the mock."""
    answers: queue.Queue[dict[str, Any]] = queue.Queue()
    page = _PAGE % {"url": json.dumps(mock_url), "key": json.dumps(CREDENTIALS["GOVERNANCE_API_KEY"])}

    class Origin(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(page.encode() if self.path == "/" else b"")

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
        address = f"http://localhost:{server.server_port}/"
        command = [_CHROMIUM, *_QUIET, f"--user-data-dir={tmp_path}", "--remote-debugging-port=0", address]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
            try:
                yield answers.get(timeout=_PATIENCE)
            finally:
                browser.terminate()
                server.shutdown()


@pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium on this machine")
def test_a_page_of_another_origin_reads_and_updates(seen_by_a_browser: dict[str, Any]) -> None:
    seen = seen_by_a_browser
    assert "error" not in seen, seen["error"]
    assert seen["read"][0] == 200
    assert seen["update"][0] == 200
    assert seen["later"][1]["budget"]["max_limit"] == 42.5
    assert seen["refused"][0] == 401
    assert seen["refused"][1]["error"]["message"]
