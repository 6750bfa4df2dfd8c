"""Operations on the journal."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response

from mock_server.control.errors import ControlError
from mock_server.control.journal.entries import entry, har, send_again
from mock_server.control.journal.events import once, stream
from mock_server.control.journal.journal import Exchange, Journal
from mock_server.control.pipeline import ControlCall, ControlFunction
from mock_server.http.delivery import Delivery
from mock_server.wsgi import DELIVERS_KEY, DELIVERY_KEY


def _journal(call: ControlCall) -> Journal:
    journal = call.sandbox.journal
    if journal is None:
        raise ControlError(HTTPStatus.NOT_FOUND, "this mock keeps no journal")
    return journal


def _existing(call: ControlCall) -> Exchange:
    number = call.path[0]
    exchange = _journal(call).get(int(number[:18])) if number.isascii() and number.isdecimal() else None
    if exchange is None:
        raise ControlError(HTTPStatus.NOT_FOUND, f"the journal has no entry {number[:80]}")
    return exchange


def list_entries(call: ControlCall) -> Any:
    """Return the entries after a number, oldest first."""
    entries = [entry(exchange) for exchange in _journal(call).after(call.query["after"])]
    if call.query["violations"]:
        entries = [one for one in entries if not one["verdict"]["ok"]]
    return {"entries": entries}


def get_entry(call: ControlCall) -> Any:
    """Return one entry."""
    return entry(_existing(call))


def clear(call: ControlCall) -> None:
    """Forget all entries."""
    _journal(call).clear()


def events(call: ControlCall) -> Any:
    """Return entries and changes as they happen."""
    journal, environ = _journal(call), call.environ
    last = environ.get("HTTP_LAST_EVENT_ID", "")
    number = int(last[:18]) if last.isascii() and last.isdecimal() else call.query["after"]
    streams = DELIVERS_KEY in environ and environ["REQUEST_METHOD"] != "HEAD"
    if streams:
        environ[DELIVERY_KEY] = Delivery(stream=stream(call.sandbox, journal, number))
    # The length of an iterator is unknown, so that no Content-Length contradicts the stream.
    pieces = iter([b"" if streams else once(call.sandbox, journal, number)])
    return Response(pieces, content_type="text/event-stream; charset=utf-8")


def get_har(call: ControlCall) -> Any:
    """Return the journal as an HTTP Archive."""
    environ = call.environ
    base = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', 'localhost')}"
    response = Response(har(_journal(call).after(0), base), content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="journal.har"'
    return response


def replay(call: ControlCall) -> Any:
    """Send the request of an entry again, and return the new entry."""
    recorded = send_again(_existing(call), call.context.mock, call.environ)
    if recorded is None:
        raise ControlError(HTTPStatus.CONFLICT, "the request went to a sandbox that no longer exists")
    return entry(recorded)


OPERATIONS: Mapping[str, ControlFunction] = {
    "listJournal": list_entries,
    "getJournalEntry": get_entry,
    "clearJournal": clear,
    "streamJournal": events,
    "getJournalAsHar": get_har,
    "replayJournalEntry": replay,
}
