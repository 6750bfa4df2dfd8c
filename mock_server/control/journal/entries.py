"""Journal entries as their readers see them: JSON, HAR, and requests that are sent again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import parse_qsl, unquote

import harfile

from mock_server.control.errors import ControlError
from mock_server.control.journal.journal import CREDENTIAL_FIELDS, Exchange
from mock_server.control.journal.redaction import REDACTED, Redactor, redactor_of
from mock_server.control.journal.verdict import verdict
from mock_server.front import without_sandbox
from mock_server.problems import phrase
from mock_server.wsgi import DELIVERS_KEY, RECORDED_KEY, WsgiApp, environ_name, whole_body

Fields = list[dict[str, str]]
_CREDENTIALS = {
    "bearer": ("Authorization", f"Bearer {REDACTED}"),
    "scheme": ("Authorization", REDACTED),
    "x-api-key": ("X-Api-Key", REDACTED),
    "cookie": ("Cookie", REDACTED),
}
_OF_SERVER = {"SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR"}


def entry(exchange: Exchange) -> dict[str, Any]:
    """Return an exchange as control's document describes it, without credentials."""
    redactor = redactor_of(exchange.context)
    judged = verdict(exchange)
    path, _, query = redactor.text(exchange.target).partition("?")
    shown: dict[str, Any] = redactor.value(judged.json())
    return {
        "number": exchange.number,
        "time": _time(exchange).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": redactor.text(exchange.method),
        "path": path,
        "query": query,
        "operation": judged.operation.id if judged.operation else None,
        "status": exchange.status or None,
        "milliseconds": round(exchange.seconds * 1000, 2),
        "request": {
            "headers": _request_fields(exchange, redactor),
            "body": _body(exchange.body, exchange.body_bytes, redactor),
            "truncated": exchange.body_bytes > len(exchange.body),
        },
        "response": {
            "headers": _response_fields(exchange, redactor),
            "body": _body(exchange.response_body, exchange.response_bytes, redactor),
            "truncated": exchange.response_bytes > len(exchange.response_body),
        },
        "verdict": shown,
        "forced": redactor.value(exchange.forced),
    }


def _body(kept: bytes, sent_bytes: int, redactor: Redactor) -> str:
    return redactor.body(kept.decode("utf-8", "replace"), is_cut=sent_bytes > len(kept))


def _time(exchange: Exchange) -> datetime:
    return datetime.fromtimestamp(exchange.time, UTC)


def _request_fields(exchange: Exchange, redactor: Redactor) -> Fields:
    spelled = [(_field_name(name), value) for name, value in exchange.fields]
    fields = [(name, redactor.field(name, value)) for name, value in spelled]
    if exchange.credential is not None:
        fields.append(_CREDENTIALS[exchange.credential])
    return [{"name": name, "value": value} for name, value in fields]


def _response_fields(exchange: Exchange, redactor: Redactor) -> Fields:
    if not exchange.status:
        return []
    environ = dict(exchange.fields)
    cross_origin = exchange.context.cross_origin.headers(environ)
    fields = [*exchange.response_fields, *exchange.context.common_fields, *cross_origin]
    return [{"name": name, "value": redactor.field(name, value)} for name, value in fields]


def _field_name(name: str) -> str:
    """Return the usual spelling of a header field with this WSGI name."""
    return name.removeprefix("HTTP_").replace("_", "-").title()


def har(exchanges: Iterable[Exchange], base: str) -> str:
    """Return an HTTP Archive (HAR 1.2) of exchanges with a server at a base URL, without credentials."""
    text = StringIO()
    with harfile.open(text, creator=harfile.Creator(name="governance-contract mock", version="1")) as archive:
        for exchange in exchanges:
            shown = entry(exchange)
            url = f"{base}{shown['path']}{'?' if shown['query'] else ''}{shown['query']}"
            milliseconds = shown["milliseconds"]
            archive.add_entry(
                startedDateTime=_time(exchange),
                time=milliseconds,
                request=_har_request(exchange, shown, url),
                response=_har_response(exchange, shown),
                timings=harfile.Timings(send=0, wait=milliseconds, receive=0),
                comment=shown["verdict"]["explanation"] or None,
            )
    return text.getvalue()


def _har_request(exchange: Exchange, shown: Mapping[str, Any], url: str) -> harfile.Request:
    request = shown["request"]
    media_type = dict(exchange.fields).get("CONTENT_TYPE", "")
    pairs = parse_qsl(shown["query"], keep_blank_values=True, errors="replace")
    return harfile.Request(
        method=shown["method"],
        url=url,
        httpVersion=exchange.protocol,
        headers=[harfile.Record(**header) for header in request["headers"]],
        queryString=[harfile.Record(name=name, value=value) for name, value in pairs],
        postData=harfile.PostData(mimeType=media_type, text=request["body"]) if request["body"] else None,
        bodySize=exchange.body_bytes,
    )


def _har_response(exchange: Exchange, shown: Mapping[str, Any]) -> harfile.Response:
    fields = {header["name"].lower(): header["value"] for header in shown["response"]["headers"]}
    media_type = fields.get("content-type", "")
    return harfile.Response(
        status=exchange.status,
        statusText=phrase(exchange.status) if exchange.status else "",
        httpVersion=exchange.protocol,
        headers=[harfile.Record(**header) for header in shown["response"]["headers"]],
        content=harfile.Content(size=exchange.response_bytes, mimeType=media_type, text=shown["response"]["body"]),
        bodySize=exchange.response_bytes,
        redirectURL=fields.get("location", ""),
    )


def send_again(exchange: Exchange, mock: WsgiApp, server: Mapping[str, Any]) -> Exchange | None:
    """Send a recorded request to the mock again. Return the new exchange, or None if its sandbox no longer exists.

    A request whose key was accepted gets a key of the mock; any other one is sent with a credential that is none. What
    depends on the server comes from the WSGI environment `server`. Raises ControlError if the body was not kept.
    """
    if exchange.body_bytes > len(exchange.body):
        raise ControlError(HTTPStatus.CONFLICT, "the body was too long to keep, so that it cannot be sent again")
    environ = {name: value for name, value in server.items() if name in _OF_SERVER or name.startswith("wsgi.")}
    path, _, query = exchange.target.partition("?")
    decoded, mounted_at = unquote(path, "latin-1"), without_sandbox(exchange.mounted_at)
    if not decoded.startswith(mounted_at):  # a middleware has rewritten the path
        mounted_at = ""
    environ |= {
        "REQUEST_METHOD": exchange.method,
        "SCRIPT_NAME": mounted_at,
        "PATH_INFO": decoded[len(mounted_at) :],
        "QUERY_STRING": query,
        "REQUEST_URI": exchange.target,
        "SERVER_PROTOCOL": exchange.protocol,
        "wsgi.input": BytesIO(exchange.body),
        "wsgi.input_terminated": True,
        RECORDED_KEY: [],
        DELIVERS_KEY: True,  # nobody waits for the response: it needs no delay and no connection
        **dict(exchange.fields),
        **_credential(exchange),
    }
    whole_body(mock(environ, lambda *head: None))
    return next(iter(environ[RECORDED_KEY]), None)


def _credential(exchange: Exchange) -> dict[str, str]:
    if exchange.credential is None:
        return {}
    if exchange.credential == "bearer" and not exchange.refuses_credential:
        return {"HTTP_AUTHORIZATION": f"Bearer {exchange.context.keys[0]}"}
    name, value = _CREDENTIALS[exchange.credential]
    wsgi_name = environ_name(name)
    return {wsgi_name: value} if wsgi_name in CREDENTIAL_FIELDS else {}
