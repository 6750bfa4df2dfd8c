"""A proxy between the checks and a target. It records the requests and can interrupt a run."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from stub_server import Request, Response, StubServer, stub_server

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
_TIMEOUT_SECONDS = 60
Condition = Callable[[Request], bool]
Interruption = Literal["", "vanish", "throttle"]


@dataclass
class Proxy:
    """The recorded traffic of a proxy."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    """Every request, in the order of arrival."""
    times: list[float] = field(default_factory=list)
    """The time of arrival of each request, in seconds of a monotonic clock."""
    statuses: list[int] = field(default_factory=list)
    """The statuses of the responses of the target."""
    reached: threading.Event = field(default_factory=threading.Event)
    """Set when the target has responded to the held request."""
    resume: threading.Event = field(default_factory=threading.Event)
    """Set by the test to send the response to the held request."""


@contextmanager
def proxying(
    target: str, *, hold: Condition | None = None, interrupt_at: int = 0, interruption: Interruption = ""
) -> Iterator[Proxy]:
    """Forward requests to the server at a URL.

    Args:
        target: a base URL without a path.
        hold: the response to the first request for which this returns true waits until ``resume`` is set.
        interrupt_at: the number of requests after which no request is forwarded.
        interruption: ``vanish`` refuses later connections; ``throttle`` returns 429 with a Retry-After of one hour.
    """
    proxy = Proxy()

    def respond(request: Request) -> Response | None:
        proxy.requests.append(request)
        proxy.times.append(time.monotonic())
        if interruption and len(proxy.requests) > interrupt_at:
            return _interrupted(server, interruption)
        response = _forwarded(target, request)
        proxy.statuses.append(response.status)
        if hold is not None and not proxy.reached.is_set() and hold(request):
            proxy.reached.set()
            proxy.resume.wait(_TIMEOUT_SECONDS)
        return response

    with stub_server(respond) as server:
        proxy.url = server.url
        yield proxy


def _forwarded(target: str, request: Request) -> Response:
    upstream = urlsplit(target)
    headers = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP}
    with closing(http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=30)) as connection:
        connection.request(request.method, request.target, request.body or None, headers)
        response = connection.getresponse()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP}
        return Response(response.status, response.read(), kept)


def _interrupted(server: StubServer, interruption: Interruption) -> Response | None:
    if interruption == "throttle":
        return Response(429, headers={"Retry-After": "3600"})
    server.refuse_connections()
    return None
