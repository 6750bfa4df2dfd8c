"""CORS: which web pages may call the mock from a browser (Fetch standard, section "HTTP CORS protocol")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from ipaddress import IPv4Address, IPv6Address, ip_address
from logging import Logger

from mock_server.wsgi import TOKEN

_WEB = re.compile(r"(https?)://(\*\.)?([a-z0-9_.-]+|\[[0-9a-f:]+\])(?::(0|[1-9][0-9]{0,4}))?", re.ASCII)
_APPLICATION = re.compile(r"([a-z][a-z0-9+.-]*)://[A-Za-z0-9._-]+", re.ASCII)  # such as chrome-extension://ID
_NEVER_SENT = {"http", "https", "ws", "wss", "ftp", "file", "about", "blob", "data"}  # http and https: see _WEB
_DEFAULT_PORTS = {("http", "80"), ("https", "443")}
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_LOOPBACK = re.compile(
    rf"https?://(?:(?:[a-z0-9_-]+\.)*localhost\.?|127(?:\.{_BYTE}){{3}}|\[::1\])(?::[0-9]{{1,5}})?", re.ASCII
)
_NUMBER = re.compile("[0-9]+|0x[0-9a-f]*", re.ASCII)
_HEADERS = ("Authorization", "Content-Type")
_EXPOSED = "Accept-Encoding, Allow, Preference-Applied, Retry-After, WWW-Authenticate"
_MAX_REPORTED = 100
_PREFLIGHT = {"HTTP_ORIGIN", "HTTP_ACCESS_CONTROL_REQUEST_METHOD"}
Headers = list[tuple[str, str]]
VARY = ("Vary", "Origin")
"""Header of every response, with and without CORS headers (Fetch standard, "CORS protocol and HTTP caches")."""


def is_origin(text: str) -> bool:
    """Return whether a browser can send this text in `Origin`.

    That is `null`, or a scheme, a host in the browser's spelling, and a port unless it is the default one.
    """
    return text == "null" or ("*" not in text and _is_pattern(text))


def is_permission(text: str) -> bool:
    """Return whether the text permits an origin: an origin, `SCHEME://*.DOMAIN` for each subdomain, or `*` for all."""
    return text in {"*", "null"} or _is_pattern(text)


def _is_pattern(text: str) -> bool:
    if match := _WEB.fullmatch(text):
        scheme, wildcard, host, port = match.groups()
        return (scheme, port) not in _DEFAULT_PORTS and int(port or 0) <= 65535 and _is_host(host, bool(wildcard))
    application = _APPLICATION.fullmatch(text)
    return application is not None and application[1] not in _NEVER_SENT


def _is_host(host: str, is_parent: bool) -> bool:
    """Return whether browsers write a host in this way: domains without empty labels, addresses in their short form."""
    labels = host.removesuffix(".").split(".")
    if host[0] != "[" and not _NUMBER.fullmatch(labels[-1]):
        return all(labels)
    try:
        address: IPv4Address | IPv6Address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    # Python 3.13 writes a mapped IPv4 address with dots, browsers do not.
    is_short = str(address) == host.strip("[]") or getattr(address, "ipv4_mapped", None) is not None
    return is_short and not is_parent


def is_preflight(method: str, fields: Set[str]) -> bool:
    """Return whether a request with header fields, by their WSGI names, asks before another one (Fetch standard)."""
    return method == "OPTIONS" and fields >= _PREFLIGHT


class CrossOrigin:
    """The CORS headers for allowed origins: loopback hosts on any port, and the origins that were named."""

    def __init__(
        self, origins: Iterable[str], methods: Iterable[str], headers: Iterable[str] = (), log: Logger | None = None
    ) -> None:
        """Allow loopback origins and these: origins, `https://*.domain`, `*`; `null` for pages from files.

        Preflight requests are told these methods and headers, the usual headers, and what they ask for. Each refused
        origin is logged once.

        Raises:
            ValueError: no browser ever sends such an origin.
        """
        named = set(origins)
        for origin in named:
            if not is_permission(origin):
                raise ValueError(f"not an origin: {origin!r}")
        self._any = "*" in named
        self._origins = frozenset(named)
        self._parents = [tuple(origin.split("*", 1)) for origin in sorted(named - {"*"}) if "*" in origin]
        self._methods = sorted(methods)
        self._headers = [*_HEADERS, *sorted(headers)]
        self._log = log
        self._reported: set[str] = set()

    def headers(self, environ: Mapping[str, str]) -> Headers:
        """Return the headers for the response to a request with this WSGI environment, besides `VARY`.

        The origin is repeated, because `*` does not permit requests with credentials.
        """
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return []
        if not self.allows(origin):
            # A page of the same origin, behind a proxy, needs no permission.
            if environ.get("HTTP_SEC_FETCH_SITE") != "same-origin":
                self._report(origin)
            return []
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Expose-Headers", _EXPOSED),
        ]

    def preflight_headers(self, environ: Mapping[str, str]) -> Headers:
        """Return the additional headers for the response to a preflight request.

        Any method and any header is permitted: the page then reads the mock's own answer, such as 405.
        """
        if not self.allows(environ["HTTP_ORIGIN"]):
            return []
        methods = _joined(self._methods, environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"])
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        headers = [
            ("Access-Control-Allow-Methods", methods),
            ("Access-Control-Allow-Headers", _joined(self._headers, asked, ignore_case=True)),
            ("Access-Control-Max-Age", "600"),
        ]
        if environ.get("HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK") == "true":
            headers.append(("Access-Control-Allow-Private-Network", "true"))
        return headers

    def allows(self, origin: str) -> bool:
        """Return whether pages of this origin may call the mock."""
        if origin in self._origins or _LOOPBACK.fullmatch(origin):
            return True
        if not (self._any or self._parents) or not is_origin(origin):
            return False
        # The part in place of `*` consists of labels: is_origin accepts nothing else, and the rest begins with a dot.
        return self._any or any(_is_below(origin, start, end) for start, end in self._parents)

    def allows_control(self, origin: str) -> bool:
        """Return whether pages of this origin may control the mock, for which they may need no key.

        `*` and `null` are not enough: they stand for every page.
        """
        if origin == "null" or not self.allows(origin):
            return False
        is_named = origin in self._origins or any(_is_below(origin, start, end) for start, end in self._parents)
        return is_named or _LOOPBACK.fullmatch(origin) is not None

    def _report(self, origin: str) -> None:
        """Log a refused origin once: browsers do not tell pages why. The number is bounded, as clients choose it."""
        if self._log is None or origin in self._reported or len(self._reported) >= _MAX_REPORTED:
            return
        self._reported.add(origin)
        if is_origin(origin):
            self._log.warning("pages of %s may not call the mock; --cors-origin %s allows them", origin, origin)
        else:
            self._log.warning("pages of %s may not call the mock: no browser sends this origin", ascii(origin)[:200])


def _is_below(origin: str, start: str, end: str) -> bool:
    return origin.startswith(start) and origin.endswith(end) and len(origin) > len(start) + len(end)


def _joined(known: list[str], asked: str, *, ignore_case: bool = False) -> str:
    """Return the known names and those of a comma-separated list that are tokens, each once."""
    fold = str.lower if ignore_case else str
    names = {fold(name): name for name in known}
    for name in asked.split(","):
        if re.fullmatch(TOKEN, name.strip(" \t")):
            names.setdefault(fold(name.strip(" \t")), name.strip(" \t"))
    return ", ".join(names.values())
