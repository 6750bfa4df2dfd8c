"""Odd servers: each differs from a usual server in a way that conformance checks have to cope with.

Some conform to the contract, some break it in a way that leaves the checks little to work with. In contrast to a fault,
an odd server is about the conduct of the checks: what they judge, what they report and what they leave behind.
"""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import HTTPServer
from typing import Any

from .assembly import Gateway, assemble
from .bodies import Bodies
from .messages import Json, Refusal, Request, Response
from .operations import Operations
from .periods import SECOND, Clock
from .pipeline import Pipeline
from .server import Handler, Server, serving
from .settings import Credentials, Settings
from .views import Views
from .wire import Wire

_QUOTA = 9
_LONGEST_NAME = 29
HANG = threading.Event()
"""A request that hangs waits for this event, which is set when the server ends."""


@dataclass(frozen=True)
class Odd:
    """An odd server: the parts that it replaces, and its settings."""

    description: str
    parts: tuple[type[Any], ...] = ()
    settings: Settings = field(default_factory=Settings)
    handler: type[Handler] = Handler
    server: type[Server] = Server


class Quota(Operations):
    """A few units may exist beside those that the server starts with."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.most = len(self.store.units()) + _QUOTA

    def create_unit(self, request: Request) -> Response:
        if len(self.store.units()) >= self.most:
            raise Refusal(400, f"You may have at most {_QUOTA} further business units")
        return super().create_unit(request)


class ShortNames(Bodies):
    """Names have at most 29 characters."""

    def check_name(self, name: str) -> None:
        super().check_name(name)
        if len(name) > _LONGEST_NAME:
            raise Refusal(400, "name must have at most 29 characters")


class NoHyphens(Bodies):
    """Names have no hyphen."""

    def check_name(self, name: str) -> None:
        super().check_name(name)
        if "-" in name:
            raise Refusal(400, "name must not contain a hyphen")


def _numbered(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: int(one) if name in ("id", "budget_id", "rate_limit_id") and _is_number(one) else _numbered(one)
            for name, one in value.items()
        }
    return [_numbered(entry) for entry in value] if isinstance(value, list) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and value.isdecimal()


class NumericIds(Wire):
    """Identifiers are JSON numbers."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(_numbered(payload))


def _ahead(seconds: int) -> tuple[type[Any], ...]:
    """Return the parts of a server whose clock is ahead."""

    class Fast(Clock):
        def now(self) -> int:
            return super().now() + seconds * SECOND

    class Dated(Wire):
        def now(self) -> float:
            return super().now() + seconds

    return Fast, Dated


class ShortIdle(Handler):
    """Connections are closed after 50 ms without a request."""

    timeout = 0.05

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except TimeoutError:
            self.close_connection = True


class EarlyHints(Handler):
    """Each response follows an interim response 102 and one 103."""

    def send(self, request: Request, response: Response) -> None:
        self.wfile.write(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")
        super().send(request, response)


class GzipLabel(Wire):
    """Responses are labelled gzip and are not compressed."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        return {**super().headers(request, response), "Content-Encoding": "gzip"}


class SlowCreation(Operations):
    """The creation of a unit takes effect, and its response takes 4 seconds."""

    def run(self, request: Request) -> Response:
        response = super().run(request)
        if request.operation == "createBusinessUnit":
            HANG.wait(4)
        return response


class HangingDeletion(Operations):
    """The deletion of a unit never gets a response and has no effect."""

    def run(self, request: Request) -> Response:
        if request.operation == "deleteBusinessUnit":
            HANG.wait(20)
            raise ConnectionAbortedError
        return super().run(request)


class AddedMembers(Wire):
    """Each object of a response has members of its own, which change each time."""

    numbers = itertools.count()

    def encode(self, payload: Any) -> bytes:
        return super().encode(self.added(payload))

    def added(self, value: Any) -> Any:
        """Return a value with the members in each object."""
        if isinstance(value, list):
            return [self.added(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        number = next(self.numbers)
        more = {"request_id": f"r-{number}", "took_ms": number, "served_at": f"{time.time_ns()}"}
        return {**{name: self.added(one) for name, one in value.items()}, **more}


class SingleThreaded(Server):
    """One request is served at a time, and each connection is closed after its response."""

    def process_request(self, request: Any, client_address: Any) -> None:
        HTTPServer.process_request(self, request, client_address)


class WrappedCreation(Views):
    """A creation responds with the unit in another object."""

    def mutation(self, unit: Any) -> Json:
        return {"message": "created", "business_unit": super().mutation(unit)}


class NoIdInCreation(Views):
    """A creation responds with the name only."""

    def mutation(self, unit: Any) -> Json:
        return {"name": unit.name}


class LocationOnly(Operations):
    """A creation responds with an empty object; only the Location header has the identifier."""

    def create_unit(self, request: Request) -> Response:
        made = super().create_unit(request)
        return Response(200, {}, {"Location": f"/api/governance/business-units/{made.payload['id']}"})


class NoCreation(Operations):
    """No business unit can be created: each attempt is refused."""

    def create_unit(self, request: Request) -> Response:
        raise Refusal(400, "Creation is switched off")


class CrashingPath(Pipeline):
    """An identifier that is not UTF-8 ends the process."""

    def serve(self, request: Request) -> Response:
        if "%FF" in request.path.upper():
            os._exit(1)
        return super().serve(request)


class StuckPath(Pipeline):
    """An identifier that is not UTF-8 closes the connection without a response."""

    def answer(self, request: Request) -> Response:
        if "%FF" in request.path.upper():
            raise ConnectionAbortedError
        return super().answer(request)


class OddTeams(Handler):
    """The list of teams is sent in another way."""

    def send(self, request: Request, response: Response) -> None:
        if request.operation == "listBusinessUnitTeams":
            self.send_teams()
            self.close_connection = True
        else:
            super().send(request, response)

    def send_teams(self) -> None:
        """Send the response to a list of teams, after which the connection is closed."""
        raise NotImplementedError


class Dripping(OddTeams):
    """The list of teams sends a byte of its body from time to time and never ends."""

    def send_teams(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
        for _ in range(200):
            self.wfile.write(b" ")
            self.wfile.flush()
            HANG.wait(0.1)


class Endless(OddTeams):
    """The list of teams has a body of 200 megabytes."""

    def send_teams(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
        for _ in range(200):
            self.wfile.write(b" " * 2**20)


_OTHER_TYPES: tuple[Any, ...] = (None, True, 7, -1.5, "", "text", [], [1, "a"], {}, {"id": 3})


class _OtherTypes(Wire):
    """Some members of responses have values of other JSON types."""

    seed = 0
    share = 0.1
    """The share of the members, counted by their places in responses."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(self.changed(payload, ""))

    def changed(self, value: Any, at: str) -> Any:
        """Return a value in which the members of the chosen places are replaced. A place has always the same value."""
        if isinstance(value, list):
            return [self.changed(entry, f"{at}[]") for entry in value]
        if not isinstance(value, dict):
            return value
        changed = {}
        for name, one in value.items():
            place = f"{at}.{name}"
            draw = random.Random(f"{self.seed}{place}")  # noqa: S311  a sample, not a secret
            other = draw.choice(_OTHER_TYPES)
            changed[name] = other if draw.random() < self.share else self.changed(one, place)
        return changed


def _other_types(seed: int, share: float) -> Odd:
    part = type("OtherTypes", (_OtherTypes,), {"seed": seed, "share": share})
    return Odd(f"{share:.0%} of the members of responses have values of other JSON types.", (part,))


ODD = {
    "quota": Odd(f"At most {_QUOTA} units exist beside those that the server starts with.", (Quota,)),
    "names-of-29": Odd("Names have at most 29 characters.", (ShortNames,)),
    "no-hyphen-in-names": Odd("Names have no hyphen.", (NoHyphens,)),
    "numeric-ids": Odd("Identifiers are JSON numbers.", (NumericIds,), Settings(id_style="integer")),
    "clock-15-minutes-ahead": Odd("The clock is 15 minutes ahead.", _ahead(15 * 60)),
    "clock-26-hours-ahead": Odd("The clock is 26 hours ahead.", _ahead(26 * 3600)),
    "idle-50-ms": Odd("Connections are closed after 50 ms without a request.", handler=ShortIdle),
    "interim-responses": Odd("Each response follows 102 and 103.", handler=EarlyHints),
    "gzip-label": Odd("Responses are labelled gzip and are not compressed.", (GzipLabel,)),
    "slow-creation": Odd("The response to a creation takes 4 seconds.", (SlowCreation,)),
    "hanging-deletion": Odd("The deletion of a unit never gets a response.", (HangingDeletion,)),
    "added-members": Odd("Each object has members that change each time.", (AddedMembers,)),
    "http-1.0": Odd("The server speaks HTTP/1.0.", settings=Settings(http_version="HTTP/1.0")),
    "single-threaded": Odd(
        "One request is served at a time.", settings=Settings(close_connection=True), server=SingleThreaded
    ),
    "wrapped-creation": Odd("A creation responds with the unit in another object.", (WrappedCreation,)),
    "no-id-in-creation": Odd("A creation responds without an identifier.", (NoIdInCreation,)),
    "location-only": Odd("A creation has the identifier in Location only.", (LocationOnly,)),
    "no-creation": Odd("Each creation is refused.", (NoCreation,)),
    "crash": Odd("An identifier that is not UTF-8 ends the process.", (CrashingPath,)),
    "stuck-path": Odd("An identifier that is not UTF-8 closes the connection.", (StuckPath,)),
    "other-types-1": _other_types(1, 0.1),
    "other-types-2": _other_types(2, 0.2),
    "dripping-body": Odd("The list of teams sends a byte from time to time and never ends.", handler=Dripping),
    "endless-body": Odd("The list of teams has a body of 200 megabytes.", handler=Endless),
}
"""The odd servers by name."""


@contextmanager
def running_odd(name: str, *, api_key: str, port: int = 0, **credentials: str) -> Iterator[tuple[str, Gateway]]:
    """Serve an odd server from a thread until the block ends; yield its URL and its parts."""
    odd = ODD[name]
    gateway = assemble(odd.settings, Credentials(api_key, **credentials), *odd.parts)
    with serving(gateway, port, server_class=odd.server, handler=odd.handler) as server:
        HANG.clear()
        try:
            yield server.url, gateway
        finally:
            HANG.set()


def left_units(gateway: Gateway) -> list[str]:
    """Return the names of the units that exist besides the demo units."""
    operations = gateway.pipeline.operations
    demo = {*operations.demo_units, gateway.unit_id, gateway.spare_id}
    return [unit.name for unit in operations.store.units() if unit.id not in demo]
