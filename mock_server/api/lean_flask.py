"""Flask without what the mock never uses, by Flask's own means: each part costs time in every request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter

from mock_server.contract.document import JSON_MEDIA_TYPE

APPLICATION_NAME = "mock_server"
"""The name of the application, and of its logger."""


class _NoSessions(SessionInterface):
    """No session is opened or saved."""

    def __init__(self) -> None:
        self._none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._none


class LeanFlask(Flask):
    """A Flask application without sessions, redirects, and rules that depend on the host."""

    session_interface = _NoSessions()

    def __init__(self, import_name: str) -> None:
        """Make an application without files."""
        super().__init__(import_name, static_folder=None)
        self.url_map.merge_slashes = False
        self.url_map.redirect_defaults = False

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what matches the path of a request; the host and the query have no influence on it."""
        if request is None:  # the mock makes no URLs
            return None
        return MapAdapter(self.url_map, "", request.root_path, "", request.scheme, request.path, request.method)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, which is never a coroutine."""
        return func


class EmptyResponse(Response):
    """A response without content (RFC 9110, section 15.3.5), which has no media type."""

    default_mimetype = None

    def __init__(self, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Make a response 204."""
        super().__init__(status=HTTPStatus.NO_CONTENT, headers=list(headers))


class JsonResponse(Response):
    """A complete response with a JSON text, whose header needs no more work."""

    def __init__(self, body: bytes, status: int) -> None:
        """Make a response with this text; `headers` may be added."""
        super().__init__(body, status, content_type=JSON_MEDIA_TYPE)

    def get_wsgi_response(self, environ: dict[str, Any]) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Return body, status and headers as they are; `Content-Length` is that of the body already."""
        body = () if environ["REQUEST_METHOD"] == "HEAD" else self.response
        return body, self.status, self.headers.to_wsgi_list()  # type: ignore[return-value]
