"""What a request or the rules of chaos force: another response, a delay, another delivery.

Preferences are those of RFC 7240, as Prism knows them: `Prefer: code=500`, `example=NAME`, `wait=2`. Authentication and
routing come first and are never forced away; validation and the operation come after, and are left out if a response is
forced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from time import sleep
from typing import Any

from flask import Response, after_this_request

from mock_server.api.pipeline import ForcedResponse
from mock_server.api.security import CHALLENGE
from mock_server.contract.document import Operation
from mock_server.contract.validation import brief
from mock_server.control.chaos import Failure
from mock_server.http.delivery import Delivery
from mock_server.problems import ErrorBodies, Problem
from mock_server.sandbox import Sandbox
from mock_server.wsgi import DELIVERS_KEY, DELIVERY_KEY, DRAWN_KEY, FORCED_KEY, TOKEN

MAX_WAIT_SECONDS = 60
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PARAMETERS = rf"(?:;(?:[^,;\"]|{_QUOTED})*)*"
_PREFERENCE = re.compile(rf"[ \t]*({TOKEN})(?:[ \t]*=[ \t]*({TOKEN}|{_QUOTED}))?[ \t]*{_PARAMETERS}(?:,|$)")
_SECONDS = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,3})?")


def preferences(header: str) -> dict[str, str]:
    """Return the values of the preferences in a header by name; the first one of a name counts (RFC 7240, section 2).

    What follows something that is not a preference is ignored.
    """
    preferred: dict[str, str] = {}
    at = 0
    while at < len(header) and (match := _PREFERENCE.match(header, at)):
        value = match[2] or ""
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        preferred.setdefault(match[1].lower(), value)
        at = match.end()
    return preferred


def forced_response(
    sandbox: Sandbox,
    operation: Operation,
    environ: dict[str, Any],
    errors: ErrorBodies,
    siblings: Iterable[Operation],
) -> ForcedResponse | None:
    """Return a forced response, or None; arrange for the delivery of the response in both cases.

    `siblings` are the operations of the contract, for the header Allow. Raises a 400 Problem for a preference that
    cannot be met.
    """
    wanted = preferences(environ.get("HTTP_PREFER", ""))
    wait = _wait(wanted)
    example = None
    if "code" in wanted or "example" in wanted:
        example = _example(operation, wanted.get("code"), wanted.get("example"), errors)
    preference = ", ".join(f"{name}={wanted[name]}" for name in ("code", "example", "wait") if name in wanted)
    if preference:
        after_this_request(partial(_announce, preference))
    if example is not None:
        environ[FORCED_KEY] = f"Prefer: {preference}"
        _arrange(environ, Delivery(delay=wait))
        return ForcedResponse(*example, _headers(example[0], operation, siblings))
    drawn = environ.get(DRAWN_KEY, [])
    if not drawn:
        drawn.append(_drawn(sandbox, operation))
    failure = drawn[0]
    delivery = failure.delivery if failure else Delivery()
    causes = ([f"Prefer: {preference}"] if preference else []) + ([failure.text()] if failure else [])
    if causes:
        environ[FORCED_KEY] = ", ".join(causes)
    _arrange(environ, replace(delivery, delay=delivery.delay + wait))
    if failure is None or (failure.status is None and not delivery.drop):
        return None
    status = failure.status or HTTPStatus.SERVICE_UNAVAILABLE
    headers = {} if failure.retry_after is None else {"Retry-After": str(failure.retry_after)}
    return ForcedResponse(
        status, errors.body(status, None, operation), {**_headers(status, operation, siblings), **headers}
    )


def _drawn(sandbox: Sandbox, operation: Operation) -> Failure | None:
    """Return what the rules of chaos make of the request, if there are any. Remove rules that are over."""
    chaos = sandbox.chaos
    if chaos is None:
        return None
    failure = chaos.draw(operation.id)
    if chaos.is_over() and sandbox.chaos is chaos:
        sandbox.chaos = None
        sandbox.touch()
    return failure


def _wait(wanted: Mapping[str, str]) -> float:
    if "wait" not in wanted:
        return 0.0
    if not _SECONDS.fullmatch(wanted["wait"]) or float(wanted["wait"]) > MAX_WAIT_SECONDS:
        raise _unmet(f"wait={wanted['wait']} is not a number of seconds up to {MAX_WAIT_SECONDS}")
    return float(wanted["wait"])


def _unmet(reason: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, brief(f"Prefer: {reason}"))


def _announce(applied: str, response: Response) -> Response:
    response.headers["Preference-Applied"] = applied
    return response


def _example(operation: Operation, code: str | None, name: str | None, errors: ErrorBodies) -> tuple[int, Any]:
    """Return the status and the body of the response that the preferences name."""
    if code is None:
        statuses = [
            key for key, response in operation.responses.items() if name in response.examples and key.isdecimal()
        ]
        if not statuses:
            raise _unmet(f"{operation.id} has no example {name!r}; it has {_names(operation, operation.responses)}")
        key = str(operation.success) if str(operation.success) in statuses else statuses[0]
        return int(key), operation.responses[key].examples[name or ""]
    response = operation.response(int(code)) if re.fullmatch("[1-5][0-9]{2}", code) else None
    if response is None:
        declared = f"{operation.id} declares no status {code}; it declares {', '.join(operation.responses)}"
        raise _unmet(f"{declared}. PUT /_mock/chaos forces any status, such as 429 with Retry-After.")
    if name is not None and name not in response.examples:
        raise _unmet(f"{operation.id} has no example {name!r} for {code}; it has {_names(operation, [code])}")
    if name is None and not response.examples:
        if int(code) < HTTPStatus.BAD_REQUEST:
            raise _unmet(f"{operation.id} has no example for {code}")
        return int(code), errors.body(int(code), None, operation)
    return int(code), response.examples[next(iter(response.examples)) if name is None else name]


def _names(operation: Operation, keys: Iterable[str]) -> str:
    responses = [operation.responses[key] for key in keys if key in operation.responses]
    return ", ".join(dict.fromkeys(name for response in responses for name in response.examples)) or "none"


def _headers(status: int, operation: Operation, siblings: Iterable[Operation]) -> dict[str, str]:
    """Return the headers without which a status is not valid (RFC 9110, sections 15.5.2 and 15.5.6)."""
    if status == HTTPStatus.UNAUTHORIZED:
        return dict(CHALLENGE)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        methods = {sibling.method for sibling in siblings if sibling.path == operation.path}
        return {"Allow": ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))}
    return {}


def _arrange(environ: dict[str, Any], delivery: Delivery) -> None:
    """Let the server deliver the response in this way. Another server can only wait, and does it here."""
    if delivery == Delivery():
        return
    if DELIVERS_KEY in environ:
        environ[DELIVERY_KEY] = delivery
    elif delivery.delay:
        sleep(delivery.delay)
