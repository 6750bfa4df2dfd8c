"""Raw requests to the mock, each with what must become of it; also for bench/wire.py."""

from __future__ import annotations

from mock_api import KEY, LEGAL, PLATFORM, UNITS

UNIT = f"{UNITS}/{LEGAL}"
BODY = b'{"budget": {"max_limit": 3, "reset_duration": "1d"}}'
DELETE = f"DELETE {UNITS}/{PLATFORM} HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()
OFFER = "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nUpgrade: h2c"
WEBSOCKET = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nUpgrade: x"
LENGTH, CHUNKED = f"Content-Length: {len(BODY)}", "Transfer-Encoding: chunked"
CHUNK = b"%x\r\n%s\r\n" % (len(BODY), BODY)
EXPECT = "Expect: 100-continue"


def put(*headers: str, key: str | None = KEY, host: str | None = "mock", path: str = f"{UNIT}/governance") -> bytes:
    """Return the head of an update."""
    lines = [f"PUT {path} HTTP/1.1", *([f"Host: {host}"] if host is not None else [])]
    lines += [f"Authorization: Bearer {key}"] if key else []
    return "\r\n".join([*lines, *headers, "", ""]).encode("latin-1")


# RFC and section, pieces that are sent as separate segments, statuses, and whether the unit has the budget afterwards.
CASES: list[tuple[str, list[bytes], list[int], bool]] = [
    ("9110 7.8 h2c", [put(OFFER, LENGTH) + BODY], [200], True),
    ("9110 7.8 later segment", [put(OFFER, LENGTH), BODY], [200], True),
    ("9110 7.8 chunked", [put(OFFER, CHUNKED), CHUNK + b"0\r\n\r\n"], [200], True),
    ("9110 7.8 body is no request", [put(OFFER, f"Content-Length: {len(DELETE)}"), DELETE], [400], False),
    ("9110 7.8 websocket", [put(WEBSOCKET, f"Content-Length: {len(DELETE)}"), DELETE], [400], False),
    ("9110 7.8 next request", [put(OFFER, LENGTH) + BODY + put(LENGTH) + BODY], [200, 200], True),
    ("9110 9.3.6 CONNECT", [b"CONNECT mock:80 HTTP/1.1\r\nHost: mock\r\n\r\n" + DELETE], [400], False),
    ("9112 7.1.2 trailer key", [put(CHUNKED, key=None), CHUNK + f"0\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()],
     [401], False),
    ("9112 7.1.2 trailer", [put(CHUNKED) + CHUNK + b"0\r\nHost: x\r\nUpgrade: h2c\r\n\r\n"], [200], True),
    ("9112 7.1.2 broken trailer", [put(CHUNKED) + CHUNK + b"0\r\nno field\r\n\r\n"], [400], False),
    ("9112 9.3.2 garbage", [put(LENGTH) + BODY + b"garbage\r\n\r\n"], [200, 400], True),
    ("9112 9.3.2 binary", [put(LENGTH) + BODY + b"\x16\x03\x01"], [200, 400], True),
    ("9112 9.3.2 pipelined", [(put(LENGTH) + BODY) * 3], [200, 200, 200], True),
    ("9112 2.2 empty line", [b"\r\n" + put(LENGTH) + BODY], [200], True),
    ("9112 2.2 bare LF", [put(LENGTH).replace(b"\r\n", b"\n", 1) + BODY], [400], False),
    ("9112 3.2 no Host", [put(LENGTH, host=None) + BODY], [400], False),
    ("9112 3.2 two", [put("Host: mock", LENGTH) + BODY], [400], False),
    *((f"9112 3.2 {host!r}", [put(LENGTH, host=host) + BODY], [400], False) for host in ("", ",", "a,b", "a b", "a/b")),
    *((f"9112 3.2 {host}", [put(LENGTH, host=host) + BODY], [200], True) for host in ("[::1]:80", "mock:8585")),
    ("9112 5 white space", [put(LENGTH, key=f"{KEY} \t") + BODY], [200], True),
    ("9112 5.1 before the colon", [put(LENGTH, "X-A : b") + BODY], [400], False),
    ("3875 4.1.18 underscore", [put(LENGTH, "Content_Encoding: gzip") + BODY], [200], True),
    ("9110 10.1.1 no key", [put(EXPECT, LENGTH, key=None)], [401], False),
    ("9110 10.1.1 bad key", [put(EXPECT, CHUNKED, key="nobody")], [401], False),
    ("9110 10.1.1 path", [put(EXPECT, LENGTH, path="/api/governance/nowhere")], [404], False),
    ("9110 10.1.1 length", [put(EXPECT, "Content-Length: 1048577")], [413], False),
    ("9110 10.1.1 coding", [put(EXPECT, LENGTH, "Content-Encoding: gzip")], [415], False),
    ("9110 10.1.1 accepted", [put(EXPECT, LENGTH), BODY], [100, 200], True),
    ("9110 10.1.1 refused with body", [put(EXPECT, LENGTH, key=None) + BODY + DELETE], [401], False),
    *((f"9112 6.3 {lengths}", [put(*lengths) + BODY], [400], False) for lengths in (
        (LENGTH, "Content-Length: 3"), (LENGTH, LENGTH), (LENGTH, CHUNKED), (f"Content-Length: +{len(BODY)}",),
        (f"Content-Length: -{len(BODY)}",), ("Content-Length: 5 2",), ("Content-Length: 0x34",), ("Content-Length: ",),
        (f"{LENGTH}, {len(BODY)}",), ("Content-Length: " + "9" * 30,), (CHUNKED, CHUNKED),
        ("Transfer-Encoding: gzip, chunked",), ("Transfer-Encoding: chunked, gzip",), ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: identity",), ("Transfer-Encoding: chunked;a=b",))),
    ("9112 6.1 HTTP/1.0", [put(CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.0") + CHUNK + b"0\r\n\r\n"], [400], False),
    *((f"9112 7.1 {bad[:12]!r}", [put(CHUNKED), bad + b"0\r\n\r\n"], [400], False) for bad in (
        CHUNK.replace(b"\r\n", b" x\r\n", 1), b"0x" + CHUNK, b"+" + CHUNK, b"-" + CHUNK, b"g\r\n", b"\r\n",
        CHUNK[:-2], b"%x\r\n%sxx\r\n" % (len(BODY), BODY), b"%x\r\n%s\r\n" % (len(BODY) + 3, BODY),
        b"f" * 17 + b"\r\n", CHUNK.replace(b"\r\n", b"\n", 1))),
    ("9112 8 length", [put("Content-Length: 999") + BODY], [400], False),
    ("9112 8 early end", [put(CHUNKED) + CHUNK], [400], False),
    ("9112 8 no last line", [put(CHUNKED) + CHUNK + b"0\r\n"], [400], False),
    ("9112 8 head", [put(LENGTH)[:-2]], [400], False),
    ("9110 8.4 coding", [put(LENGTH, "Content-Encoding: gzip") + BODY], [415], False),
    ("9110 8.4 identity", [put(LENGTH, "Content-Encoding: identity") + BODY], [200], True),
]  # fmt: skip
