"""Where requests go: to the API or to control, in which sandbox.

A sandbox is chosen by the header `X-Mock-Sandbox` or by a path that begins with `/s/NAME`. Without control, every
request goes to the API of the main sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from mock_server.problems import ErrorBodies
from mock_server.sandbox import Sandbox, Sandboxes
from mock_server.wsgi import SANDBOX_KEY, WsgiApp, json_bytes

CONTROL_PREFIX = "/_mock"
_SANDBOX_FIELD = "HTTP_X_MOCK_SANDBOX"
SANDBOX_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
"""The names of sandboxes and snapshots: they need no encoding in a path, and none of them is `.` or `..`."""
RESERVED = (CONTROL_PREFIX, "/s/")
"""How the paths begin that control takes from the API."""
_BELOW = re.compile(rf"/s/({SANDBOX_NAME.pattern})(?=/|$)")
ErrorResponses = Callable[[int, str], tuple[list[tuple[str, str]], bytes]]


def without_control(api: WsgiApp, sandboxes: Sandboxes) -> WsgiApp:
    """Return an application that serves the API alone."""
    main = sandboxes.main

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[SANDBOX_KEY] = main
        return api(environ, start_response)

    return serve


class Front:
    """An application that serves the API and, under `/_mock/`, control, in the sandbox that a request chooses."""

    def __init__(
        self, api: WsgiApp, sandboxes: Sandboxes, make_control: Callable[[WsgiApp], WsgiApp], refusal: ErrorResponses
    ) -> None:
        """Serve an API.

        `make_control` gets this application and makes control when it is first needed, since most mocks never need it.
        `refusal` makes headers and body of a response by status and message.
        """
        self._api, self._sandboxes, self._refusal = api, sandboxes, refusal
        self._make_control = make_control
        self._control: WsgiApp | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve a request (PEP 3333)."""
        path: str = environ["PATH_INFO"]
        if path.startswith(RESERVED) or path == "/" or _SANDBOX_FIELD in environ:
            return self._serve_elsewhere(environ, start_response)
        return self._serve_api(self._sandboxes.main, environ, start_response)

    def _serve_api(
        self, sandbox: Sandbox, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        environ[SANDBOX_KEY] = sandbox
        if sandbox.journal is not None:
            return sandbox.journal.serve(self._api, environ, start_response)
        return self._api(environ, start_response)

    def _serve_elsewhere(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve a request that may be for another sandbox, for control, or for no place at all."""
        sandbox, name = _choose_sandbox(environ, self._sandboxes)
        if sandbox is None:
            message = f"There is no sandbox {name[:64]!r}; POST {CONTROL_PREFIX}/sandboxes creates one"
            return self._not_found(environ, start_response, message)
        path = environ["PATH_INFO"]
        if path == CONTROL_PREFIX or path.startswith(f"{CONTROL_PREFIX}/"):
            environ[SANDBOX_KEY] = sandbox
            return self._serve_control(environ, start_response)
        if path in ("/", "") and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            console = f"{environ.get('SCRIPT_NAME', '')}{CONTROL_PREFIX}/"
            if "text/html" in environ.get("HTTP_ACCEPT", ""):
                start_response("302 Found", [("Location", console), ("Content-Length", "0")])
                return [b""]
            message = f"Nothing is here: the console is {console}, the contract {console}contract.yaml"
            return self._not_found(environ, start_response, message)
        return self._serve_api(sandbox, environ, start_response)

    def _serve_control(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self._control is None:
            self._control = self._make_control(self)
        return self._control(environ, start_response)

    def _not_found(self, environ: dict[str, Any], start_response: Callable[..., Any], message: str) -> Iterable[bytes]:
        headers, body = self._refusal(HTTPStatus.NOT_FOUND, message)
        start_response("404 Not Found", [*headers, ("Content-Length", str(len(body)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


def without_sandbox(mounted_at: str) -> str:
    """Return where the mock is mounted, from a place at which a sandbox is mounted."""
    return re.sub(rf"/s/{SANDBOX_NAME.pattern}$", "", mounted_at)


def _choose_sandbox(environ: dict[str, Any], sandboxes: Sandboxes) -> tuple[Sandbox | None, str]:
    """Return the sandbox that a request chooses, if it exists, and its name; remove its prefix from the path.

    The path wins over the header: a client that has a base path of its own may share a list of headers.
    """
    name = environ.get(_SANDBOX_FIELD) or sandboxes.main.name
    if match := _BELOW.match(environ["PATH_INFO"]):
        name = match[1]
        environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{match[0]}"
        environ["PATH_INFO"] = environ["PATH_INFO"][match.end() :]
    return sandboxes.get(name), name


def error_responses(errors: ErrorBodies, headers: list[tuple[str, str]]) -> ErrorResponses:
    """Return a function that makes headers and body of an error in the form of the contract."""

    def refusal(status: int, message: str) -> tuple[list[tuple[str, str]], bytes]:
        return headers, json_bytes(errors.body(status, message))

    return refusal
