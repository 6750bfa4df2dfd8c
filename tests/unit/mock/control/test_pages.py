"""The pages of the mock: what is served, and by which policy."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest
from controlled import Controlled

import mock_server

FOLDER = Path(mock_server.__file__).parent / "console"
VENDOR = FOLDER / "vendor"
_OF_CONSOLE = ["index.html", "console.css", "console.js", "api.js", "format.js", "html.js", "journal.js", "units.js"]


def test_pages_have_a_strict_policy(mock: Controlled) -> None:
    console, documentation = mock.client.get("/_mock/"), mock.client.get("/_mock/docs")
    assert console.status_code == documentation.status_code == 200
    policy = console.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "script-src" not in documentation.headers["Content-Security-Policy"]
    assert console.headers["X-Frame-Options"] == "DENY"
    for page in (console, documentation):
        assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|style=|https?://", page.text)


def test_every_file_that_a_page_names_is_served(mock: Controlled) -> None:
    names = set(
        re.findall(r'"console/([\w.]+)"', mock.client.get("/_mock/").text + mock.client.get("/_mock/docs").text)
    )
    assert names
    while names:
        name = names.pop()
        response = mock.client.get(f"/_mock/console/{name}")
        assert response.status_code == 200, name
        assert response.content_type.partition(";")[0] in {"text/javascript", "text/css", "image/svg+xml"}
        if name in _OF_CONSOLE:
            names |= set(re.findall(r'from ?"\./([\w.]+)"', response.text))


@pytest.mark.parametrize(
    "name", ["versions.json", "../control/openapi.yaml", "..%2Fapp.py", "%2e%2e/app.py", "vendor/preact.js", ".", ""]
)
def test_no_path_leaves_the_folder(mock: Controlled, name: str) -> None:
    assert mock.client.get(f"/_mock/console/{name}").status_code == 404


def test_the_console_is_small() -> None:
    libraries = [VENDOR / name for name in ("preact.js", "hooks.js", "htm.js")]
    files = [*(FOLDER / name for name in _OF_CONSOLE), *libraries]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 40_000


def test_vendored_files_are_those_of_their_versions() -> None:
    libraries = json.loads((VENDOR / "versions.json").read_text("utf-8"))
    known = {"versions.json"}
    for library in libraries.values():
        assert any("LICENSE" in name for name in library["files"])
        for name, digest in library["sha256"].items():
            assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name
            known.add(name)
    assert {path.name for path in VENDOR.iterdir()} == known


def test_a_path_without_a_slash_leads_to_the_console(mock: Controlled) -> None:
    response = mock.client.get("/_mock")
    assert (response.status_code, response.headers["Location"]) == (302, "/_mock/")
