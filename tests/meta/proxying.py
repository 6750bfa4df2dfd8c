"""A proxy between the checks and a target: it records the requests, and may stop forwarding in the middle of a run."""

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
_PATIENCE = 60
Condition = Callable[[Request], bool]
Interruption = Literal["", "vanish", "throttle"]


@dataclass
class Proxy:
    """What passed a proxy so far."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    """Every request, in the order of arrival."""
    times: list[float] = field(default_factory=list)
    """When each request arrived, in seconds of a monotonic clock."""
    statuses: list[int] = field(default_factory=list)
    """Of the responses that came from the target."""
    reached: threading.Event = field(default_factory=threading.Event)
    """Set once the target has responded to the request that is held."""
    resume: threading.Event = field(default_factory=threading.Event)
    """To be set by the test: sends the response of the request that is held."""


@contextmanager
def proxying(
    target: str, *, hold: Condition | None = None, interrupt_at: int = 0, interruption: Interruption = ""
) -> Iterator[Proxy]:
    """Forward requests to the server at a URL.

    Args:
        target: a base URL without a path.
        hold: the first request for which this is true gets its response once ``resume`` is set.
        interrupt_at: the number of requests after which none is forwarded.
        interruption: what happens to them: the connection is refused, or the response is 429 with an hour to wait.
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
            proxy.resume.wait(_PATIENCE)
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
