"""Journal entries as their readers see them: JSON, HAR, and requests that are sent again."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import parse_qsl, unquote

import harfile

from mock_server.control.errors import ControlError
from mock_server.control.journal import CREDENTIAL_FIELDS, JournalContext, Record
from mock_server.control.redaction import REDACTED, Redactor
from mock_server.control.verdict import verdict
from mock_server.http.delivery import SERVER
from mock_server.problems import phrase
from mock_server.urls import WsgiApp, environ_name

Fields = list[dict[str, str]]
_CREDENTIALS = {
    "bearer": ("Authorization", f"Bearer {REDACTED}"),
    "scheme": ("Authorization", REDACTED),
    "x-api-key": ("X-Api-Key", REDACTED),
    "cookie": ("Cookie", REDACTED),
}


@lru_cache(maxsize=4)
def _redactor(context: JournalContext) -> Redactor:
    return Redactor(context)


def entry(record: Record) -> dict[str, Any]:
    """Return an exchange as control's document describes it, without credentials."""
    redactor = _redactor(record.context)
    judged = verdict(record)
    path, _, query = redactor.text(record.target).partition("?")
    shown: dict[str, Any] = redactor.value(judged.json())
    return {
        "number": record.number,
        "time": _time(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": redactor.text(record.method),
        "path": path,
        "query": query,
        "operation": judged.operation.id if judged.operation else None,
        "status": record.status or None,
        "milliseconds": round(record.seconds * 1000, 2),
        "request": {
            "headers": _request_fields(record, redactor),
            "body": redactor.text(record.body.decode("utf-8", "replace")),
            "truncated": record.body_bytes > len(record.body),
        },
        "response": {
            "headers": _response_fields(record, redactor),
            "body": redactor.text(record.answer.decode("utf-8", "replace")),
            "truncated": record.answer_bytes > len(record.answer),
        },
        "verdict": shown,
        "forced": redactor.value(record.forced),
    }


def _time(record: Record) -> datetime:
    return datetime.fromtimestamp(record.time, UTC)


def _request_fields(record: Record, redactor: Redactor) -> Fields:
    spelled = [(_field_name(name), value) for name, value in record.fields]
    fields = [(name, redactor.field(name, value)) for name, value in spelled]
    if record.credential is not None:
        fields.append(_CREDENTIALS[record.credential])
    return [{"name": name, "value": value} for name, value in fields]


def _response_fields(record: Record, redactor: Redactor) -> Fields:
    if not record.status:
        return []
    environ = dict(record.fields)
    cross_origin = record.context.cross_origin.headers(environ)
    fields = [*record.answer_fields, *record.context.common_fields, *cross_origin]
    return [{"name": name, "value": redactor.field(name, value)} for name, value in fields]


def _field_name(name: str) -> str:
    """Return the usual spelling of a header field with this WSGI name."""
    return name.removeprefix("HTTP_").replace("_", "-").title()


def har(records: Iterable[Record], base: str) -> str:
    """Return an HTTP Archive (HAR 1.2) of exchanges with a server at a base URL, without credentials."""
    text = StringIO()
    with harfile.open(text, creator=harfile.Creator(name="governance-contract mock", version="1")) as archive:
        for record in records:
            shown = entry(record)
            url = f"{base}{shown['path']}{'?' if shown['query'] else ''}{shown['query']}"
            milliseconds = shown["milliseconds"]
            archive.add_entry(
                startedDateTime=_time(record),
                time=milliseconds,
                request=_har_request(record, shown, url),
                response=_har_response(record, shown),
                timings=harfile.Timings(send=0, wait=milliseconds, receive=0),
                comment=shown["verdict"]["explanation"] or None,
            )
    return text.getvalue()


def _har_request(record: Record, shown: Mapping[str, Any], url: str) -> harfile.Request:
    given = shown["request"]
    media_type = dict(record.fields).get("CONTENT_TYPE", "")
    pairs = parse_qsl(shown["query"], keep_blank_values=True, errors="replace")
    return harfile.Request(
        method=shown["method"],
        url=url,
        httpVersion=record.protocol,
        headers=[harfile.Record(**one) for one in given["headers"]],
        queryString=[harfile.Record(name=name, value=value) for name, value in pairs],
        postData=harfile.PostData(mimeType=media_type, text=given["body"]) if given["body"] else None,
        bodySize=record.body_bytes,
    )


def _har_response(record: Record, shown: Mapping[str, Any]) -> harfile.Response:
    fields = {one["name"].lower(): one["value"] for one in shown["response"]["headers"]}
    media_type = fields.get("content-type", "")
    return harfile.Response(
        status=record.status,
        statusText=phrase(record.status) if record.status else "",
        httpVersion=record.protocol,
        headers=[harfile.Record(**one) for one in shown["response"]["headers"]],
        content=harfile.Content(size=record.answer_bytes, mimeType=media_type, text=shown["response"]["body"]),
        bodySize=record.answer_bytes,
        redirectURL=fields.get("location", ""),
    )


def send_again(record: Record, mock: WsgiApp, server: Mapping[str, Any]) -> None:
    """Send a recorded request to the mock again; the journal records it as a new exchange.

    A request whose key was accepted gets a key of the mock; any other one is sent with a credential that is none. The
    address of the server comes from the WSGI environment `server`. Raises ControlError if the body was not kept.
    """
    if record.body_bytes > len(record.body):
        raise ControlError(HTTPStatus.CONFLICT, "the body was too long to keep, so that it cannot be sent again")
    environ = {name: server[name] for name in ("SERVER_NAME", "SERVER_PORT") if name in server}
    path, _, query = record.target.partition("?")
    environ |= {
        "REQUEST_METHOD": record.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path, "latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": record.target,
        "SERVER_PROTOCOL": record.protocol,
        "REMOTE_ADDR": server.get("REMOTE_ADDR", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": server["wsgi.url_scheme"],
        "wsgi.input": BytesIO(record.body),
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        SERVER: True,  # nobody waits for the response: it needs no delay and no connection
        **dict(record.fields),
        **_credential(record),
    }
    chunks = mock(environ, lambda *head: None)
    for _ in chunks:
        pass
    if hasattr(chunks, "close"):
        chunks.close()


def _credential(record: Record) -> dict[str, str]:
    if record.credential is None:
        return {}
    if record.credential == "bearer" and not record.refuses_credential:
        return {"HTTP_AUTHORIZATION": f"Bearer {record.context.keys[0]}"}
    name, value = _CREDENTIALS[record.credential]
    wsgi_name = environ_name(name)
    return {wsgi_name: value} if wsgi_name in CREDENTIAL_FIELDS else {}
