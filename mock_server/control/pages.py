"""The pages of the mock: the console, the documentation, and their files."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

FOLDER = Path(__file__).parents[1] / "console"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
_STRICT = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
# The elements of RapiDoc have style attributes and images in data URLs.
_DOCUMENTATION = f"{_STRICT}; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
ENDPOINTS = {"console", "documentation", "asset", "without_slash"}
"""What is served without a control key: nothing in it is about the state of a mock."""


def add_pages(blueprint: Blueprint) -> None:
    """Serve the pages below `/_mock/`. A file is found by its name alone, so that no path leaves the folder."""
    files = {path.name: path for path in (*FOLDER.iterdir(), *(FOLDER / "vendor").iterdir()) if path.suffix in _TYPES}

    def page(name: str, policy: str) -> Response:
        response = _file(files[name])
        response.headers["Content-Security-Policy"] = policy
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return response

    def asset(name: str) -> Response:
        if name not in files:
            raise NotFound
        return _file(files[name])

    def without_slash() -> BaseResponse:
        return redirect(f"{request.environ.get('SCRIPT_NAME', '')}/_mock/")

    trusted = f"{_STRICT}; require-trusted-types-for 'script'"
    blueprint.add_url_rule("/_mock/", "console", lambda: page("index.html", trusted))
    blueprint.add_url_rule("/_mock/docs", "documentation", lambda: page("docs.html", _DOCUMENTATION))
    blueprint.add_url_rule("/_mock/console/<name>", "asset", asset)
    blueprint.add_url_rule("/_mock", "without_slash", without_slash)


def _file(path: Path) -> Response:
    response = Response(path.read_bytes(), content_type=f"{_TYPES[path.suffix]}; charset=utf-8")
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
