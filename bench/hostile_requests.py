"""Hostile requests: mutations of the contract's own requests, changed bytes, and broken framing.

None of them may change the state: a body that its schema allows has a wrong key, or is for a unit that does not exist.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import jsonschema_rs
import yaml
from mocks import KEY, ROOT, UNITS

UNIT = "bu-platform-engineering"
METHODS = ("get", "put", "post", "delete")
MISSING = "no-such-unit"
NESTED = b"[" * 100_000 + b"]" * 100_000
DIGITS = "9" * 5000
BUDGET = '{"budget": {"max_limit": %s, "reset_duration": "1d"}}'
BODIES = [
    "", "{", "null", "[]", "7", '"x"', "\xff\xfe{}", "{}" * 999, '{"name": NaN}', '{"name": "\\ud800"}',
    '{"name": "\0"}', '{"name": 5, "name": 6}', '{"team_id": {"$ne": null}}', f'{{"name": {DIGITS}}}', BUDGET % DIGITS,
    BUDGET % ("1" + "0" * 4000), BUDGET % "1e400", BUDGET % "-0", BUDGET % f"0.{DIGITS}", BUDGET % f'"{DIGITS}"',
    f'{{"budget": {{"reset_duration": "{DIGITS}Y"}}}}', '{"name": ["' + "a" * 60_000,
]  # fmt: skip
HUGE = [
    NESTED,
    b'{"name":' * 50_000,
    b" " * 1_100_000,
    b'{"a":0,' * 100_000,
    b'"' * 900_000,
    b'{"name": "\\u0000' * 9999,
    b"[" * 65 + b'"' + b"a" * 900_000,
    b"[" * 65 + b'"' + rb"\a" * 450_000,
]
"""No operation allows one of them."""
VALUES = [
    None, True, [], {}, "", -1, 0.5, 1e308, -1e-320, 10**18, 10**400, 2**63, "x" * 5000, "\0", "\ud800", "\U0010ffff",
    "9" * 400 + "d", "-1d", "1e5", "0d", " ", {"$ref": "#"}, [[[[[]]]]], {"__proto__": {}}, "' OR 1=1 --", "%00",
]  # fmt: skip
SEGMENTS = [
    "%00", "%ff", "%zz", "%2e%2e", "..", "%252F", "a" * 5000, "'--", "%F0%9F%98%80", "${x}", "%0d%0aX:y", ";", "-1",
    "%C0%AF", "*", "%ED%A0%80", "%2F%2F", "%E2%80%AE", "a%20b",
]  # fmt: skip
QUERIES = [
    "page=-1", f"limit={DIGITS}", "page=%ff", "search=%00", "search=" + "a" * 5000, "a&" * 500, "page=1e9", "limit=0",
    "limit=0x10", "page=1&page=2", "search=%", "limit=NaN", "%00=%00", "page=9223372036854775807", "page=%D9%A1",
    "limit=%2B5", "search=%ED%A0%80", "=" * 900, "search=" + "%25" * 3000,
]  # fmt: skip
CREDENTIALS = [
    "", "Bearer", "Bearer x", f"Basic {KEY}", f"Bearer {KEY[:-1]}", f"Bearer {KEY}x", KEY, "Bearer " + "a" * 9000,
    f"Bearer {KEY}, Bearer {KEY}", "Bearer \xff\xfe", f"Bearer\t{KEY}",
]  # fmt: skip
FIELDS = [
    "Origin: http://localhost:5173", "Accept: image/png", "Content-Type: text/plain", "Content-Type: \xff",
    "Accept-Encoding: " + "gzip;q=0.5," * 50, "Cookie: " + "a=b; " * 200, "X-Forwarded-Prefix: //evil",
    "Prefer: return=minimal", "Range: bytes=0-", "If-Match: *", "Access-Control-Request-Method: ", "Connection: X-Name",
    "X-HTTP-Method-Override: DELETE", "Expect: nothing", "TE: trailers", "X-Mock-Sandbox: ../x",
]  # fmt: skip
CHUNKS = [
    b"5\r\nab", b"g\r\n", b"-5\r\nabcde\r\n", b"f" * 20 + b"\r\n", b"5;" + b"x" * 9000, b"\r\n", b"5\nab", b"0\r\n",
    b"5\r\nabcdefg\r\n0\r\n\r\n", b"5\r\nabcde\r\n0\r\n" + b"X: y\r\n" * 20_000, b"1\r\nx\r\n" * 3000,
]  # fmt: skip
CONTROL = [
    "reset", "state", "clock", "clock/advance", "chaos", "snapshots", "snapshots/x/restore", "sandboxes", "info",
    "sandboxes/default", f"units/{UNIT}/spend", f"units/{UNIT}/meter", "teams", "",
    "teams/team-gateway", "openapi.yaml", "../state",
]  # fmt: skip
LENGTHS = ["-1", "+5", "5 5", "0x5", "9" * 30, "", "5, 6", "\xb2", f"{2**64}", DIGITS]


def head(method: str, path: str, *fields: str, key: str | None = f"Bearer {KEY}") -> bytes:
    """Return the head of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: mock", *([] if key is None else [f"Authorization: {key}"]), *fields]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Requests:
    """Draws requests with a seed."""

    def __init__(self, seed: str) -> None:
        """Read the contract."""
        self._rng = random.Random(seed)
        document = yaml.safe_load((ROOT / "openapi" / "governance.yaml").read_text(encoding="utf-8"))
        self._operations = [
            (method.upper(), path, *_body(document, item[method].get("requestBody")))
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item
        ]

    def of_contract(self) -> bytes:
        """Return a request to an operation of the contract, complete and refused, with one or more faults."""
        rng = self._rng
        method, template, examples, allows = rng.choice(self._operations)
        path, key, body = template.replace("{team_id}", MISSING), f"Bearer {KEY}", b""
        is_valid = "team_id" not in template  # what the schema of the body allows would be applied
        if examples:
            body = self._mutated(rng.choice(examples)) if rng.random() < 0.7 else rng.choice(BODIES).encode("latin-1")
            is_valid = _is_valid(body, allows)
        if method != "GET" and is_valid:
            if "{" in template and rng.random() < 0.5:
                path = path.replace("{id}", MISSING)
            else:
                key = rng.choice(CREDENTIALS)
        if rng.random() < 0.2 and "{" in template:
            path = path.replace("{id}", rng.choice(SEGMENTS), 1)
        if rng.random() < 0.2:
            path += f"?{rng.choice(QUERIES)}"
        if rng.random() < 0.1:
            key = rng.choice(CREDENTIALS)
        fields = [f"Content-Length: {len(body)}"] if body or rng.random() < 0.5 else []
        fields += [rng.choice(FIELDS)] if rng.random() < 0.2 else []
        return head(method, path.replace("{id}", UNIT), *fields, key=key) + body

    def _mutated(self, example: Any) -> bytes:
        """Return an example with one to three faults."""
        for _ in range(self._rng.randrange(1, 4)):
            example = self._changed(example)
        return json.dumps(example).encode()

    def _changed(self, value: Any) -> Any:
        rng = self._rng
        if not (isinstance(value, dict) and value and rng.random() < 0.85):
            return rng.choice(VALUES)
        name = rng.choice(list(value))
        if rng.random() < 0.15:
            return {one: part for one, part in value.items() if one != name}
        if rng.random() < 0.15:
            return value | {rng.choice(("id", "extra", "", "current_usage", "\0", name.upper())): rng.choice(VALUES)}
        return value | {name: self._changed(value[name])}

    def of_control(self) -> bytes:
        """Return a request to control, or to a sandbox, from a page of another site."""
        rng = self._rng
        method, body = rng.choice(("GET", "POST", "PUT", "PATCH", "DELETE")), rng.choice(BODIES).encode("latin-1")
        if rng.random() < 0.2:
            path = f"/s/{rng.choice(SEGMENTS)}{UNITS}"
        else:
            path = f"/_mock/{rng.choice(CONTROL)}" + (f"/{rng.choice(SEGMENTS)}" if rng.random() < 0.2 else "")
        site = rng.choice(("Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"))
        return head(method, path, site, "Content-Type: application/json", f"Content-Length: {len(body)}") + body

    def huge(self) -> bytes:
        """Return a request with a large or deep body."""
        method, path, *_ = self._rng.choice([one for one in self._operations if one[2]])
        body = self._rng.choice(HUGE)
        return head(method, path.replace("{id}", UNIT), f"Content-Length: {len(body)}") + body

    def changed_bytes(self) -> bytes:
        """Return a request with a few bytes changed, removed or repeated; one that writes has no valid key."""
        rng = self._rng
        body = b'{"budget": {"max_limit": 3, "reset_duration": "1d"}}'
        put = head("PUT", f"{UNITS}/{UNIT}/governance", f"Content-Length: {len(body)}", key="Bearer none") + body
        request = bytearray(rng.choice((put, head("GET", f"{UNITS}/{UNIT}", "Accept: */*", "X-Name: value"))))
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(request))
            request[at : at + rng.randrange(3)] = rng.choice((b"", b"\0", b"\n", b"\r\n", b" ", b":", rng.randbytes(3)))
        return bytes(request)

    def broken(self) -> bytes:
        """Return bytes with an ambiguous or broken framing; a complete request in them has no valid body."""
        rng = self._rng
        put = partial(head, "PUT", f"{UNITS}/{UNIT}/governance")
        cases: list[Callable[[], bytes]] = [
            lambda: rng.randbytes(rng.randrange(1, 500)),
            lambda: b"GET / HTTP/9.9\r\n\r\n",
            lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01" * 9,
            lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            lambda: b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n",
            lambda: b"G" * rng.choice((10, 200_000)),
            lambda: b"\r\n" * rng.choice((10, 50_000)) + b"x",
            lambda: head("GET", UNITS, *(f"X-{index}: y" for index in range(rng.choice((100, 9000, 20_000))))),
            lambda: head("GET", UNITS, "X: " + "y" * 100_000),
            lambda: put(f"Content-Length: {rng.choice(LENGTHS)}") + b"{",
            lambda: put("Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
            lambda: put("Transfer-Encoding: chunked") + rng.choice(CHUNKS),
            lambda: put("Content-Length: 3", "Connection: Upgrade", "Upgrade: h2c") + b"{{{",
            lambda: put("Content-Length: 3", "Expect: 100-continue", key=None),
            lambda: put("Content-Length: 3", "Expect: 100-continue") + b"{{{",
            lambda: put("Content-Length: 900") + b"{",
            lambda: put("Content-Length: 3", "Content-Encoding: gzip") + b"\x1f\x8b\x08",
            lambda: head("GET", UNITS).replace(b"Host: mock\r\n", b"") + b"x" * 50,
            lambda: head("GET", UNITS) * rng.randrange(2, 20) + b"junk\r\n\r\n",
            lambda: head(rng.choice(("CONNECT", "TRACE", "OPTIONS", "get", "PATCH", "X" * 5000)), UNITS),
        ]
        return rng.choice(cases)()

    def part(self) -> bytes:
        """Return the beginning of some requests."""
        requests = head("GET", UNITS) * 3
        requests += head("PUT", f"{UNITS}/{UNIT}/governance", "Content-Length: 900") + b"{" * 900
        return requests[: self._rng.randrange(1, len(requests))]


def _is_valid(body: bytes, allows: Callable[[Any], bool]) -> bool:
    try:
        value = json.loads(body)
    except ValueError:
        return False
    try:
        return allows(value)
    except (ValueError, OverflowError):  # the library cannot judge it
        return True


def _body(document: Any, body: Any) -> tuple[list[Any], Callable[[Any], bool]]:
    """Return the examples of a request body, and the function that judges a value by its schema."""
    if body is None:
        return [], lambda _: True
    media = _resolved(document, body)["content"]["application/json"]
    examples = [_resolved(document, one)["value"] for one in media.get("examples", {}).values()]
    reference = {"$ref": f"urn:contract#{_pointer(media['schema'], document)}"}
    registry = jsonschema_rs.Registry([("urn:contract", document)])
    return examples or [media["example"]], jsonschema_rs.Draft202012Validator(reference, registry=registry).is_valid


def _resolved(document: Any, value: Any) -> Any:
    found = document
    if "$ref" not in value:
        return value
    for part in re.findall(r"/([^/]+)", value["$ref"]):
        found = found[part]
    return found


def _pointer(schema: Any, document: Any) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix("#")
    document.setdefault("x-bodies", []).append(schema)
    return f"/x-bodies/{len(document['x-bodies']) - 1}"
