"""Hypothesis strategies of what surrounds a credential and must not decide about access.

These are header fields, query parameters and an earlier request on the same connection. Browsers, proxies, monitoring
tools and frameworks send such fields; most are in the IANA registry
(https://www.iana.org/assignments/http-fields).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hypothesis import strategies as st

from .foreign_credentials import SAME_ORIGIN
from .unusual_requests import ACCEPT_OF_A_BROWSER, EQUIVALENT_MEDIA_TYPES, METHOD_OVERRIDES

_MOST_FIELDS = 8
_ORDINARY: Mapping[str, Sequence[str]] = {
    "Accept": ("*/*", "application/*", ACCEPT_OF_A_BROWSER, "application/json;q=0.5"),
    "Accept-Charset": ("utf-8",),
    "Accept-Encoding": ("gzip", "identity", "gzip;q=0.5, identity"),
    "Accept-Language": ("en", "de-DE,de;q=0.9,en;q=0.5", "*"),
    "Cache-Control": ("no-cache", "max-age=0"),
    "Content-Language": ("en",),
    "Content-Type": (*EQUIVALENT_MEDIA_TYPES, "application/json;v=1"),
    "Cookie": ("theme=dark", "a=b=c; theme=ZGFyaw==", "consent", "theme=", 'lang="en us"', "a=1; a=2"),
    "DNT": ("1",),
    "From": ("robot@example.com",),
    "If-Modified-Since": ("Thu, 01 Jan 1970 00:00:00 GMT",),
    "If-None-Match": ('"0"', 'W/"0"'),
    "Origin": (SAME_ORIGIN,),
    "Pragma": ("no-cache",),
    "Priority": ("u=1, i",),
    "Referer": (SAME_ORIGIN,),
    "Save-Data": ("on",),
    "Sec-Fetch-Dest": ("empty", "document", "image"),
    "Sec-Fetch-Mode": ("cors", "navigate", "no-cors"),
    "Sec-Fetch-Site": ("same-origin", "none"),
    "Sec-GPC": ("1",),
    "Sec-Purpose": ("prefetch",),
    "Upgrade-Insecure-Requests": ("1",),
    "User-Agent": ("Mozilla/5.0", "curl/8.5.0", "kube-probe/1.30", "Prometheus/2.53.0", "ELB-HealthChecker/2.0"),
    "Via": ("1.1 proxy",),
    "X-Api-Version": ("1", "2026-06"),
    "X-Correlation-Id": ("1",),
    "X-Request-Id": ("1",),
    "X-Requested-With": ("XMLHttpRequest",),
    "baggage": ("key=value",),
    "traceparent": ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",),
}
"""Fields that give a server no reason to refuse a management key or to answer with another status than usual, and some
of their values. Range may be answered with 206, and Prefer with 202 or 204."""
_NAMES_OF_CLAIMS: Mapping[tuple[str, ...], str] = {
    ("127.0.0.1", "::1", "10.0.0.1"): """
        CF-Connecting-IP Fastly-Client-IP True-Client-IP X-Client-IP X-Cluster-Client-IP X-Envoy-External-Address
        X-Forwarded-For X-Originating-IP X-Real-IP X-Remote-Addr
    """,
    ("admin", "root", "system"): """
        Impersonate-User Remote-User X-Auth-Request-User X-Authenticated-User X-Forwarded-User
        X-MS-CLIENT-PRINCIPAL-NAME X-Remote-User X-User X-User-Id X-Username X-WEBAUTH-USER
    """,
    ("admin", "owner", "superuser"): "X-Forwarded-Groups X-Group X-Role X-Roles X-Scope X-User-Role",
    ("1", "true"): """
        Early-Data X-Admin X-AppEngine-Cron X-Bypass-Auth X-CloudScheduler X-Debug X-Envoy-Internal X-Health-Check
        X-Internal X-Internal-Request X-Skip-Auth X-Test
    """,
    ("/health", "/login", "/favicon.ico"): "X-Forwarded-Uri X-Original-URL X-Rewrite-URL",
    ("GET", "OPTIONS", "HEAD"): " ".join(METHOD_OVERRIDES),
    ("localhost", "internal"): "X-Forwarded-Host X-Host",
    ("1", "default"): "X-Organization-Id X-Tenant-Id",
}
"""Fields in which a proxy or a client says something about the request or its sender, by some of their values."""
_CLAIMS: Mapping[str, Sequence[str]] = {
    **{name: values for values, names in _NAMES_OF_CLAIMS.items() for name in names.split()},
    "Client-Cert": (":AAAA:",),
    "Forwarded": ("for=127.0.0.1;proto=https;host=localhost",),
    "Origin": ("null", "http://localhost", "https://dashboard.example"),
    "Sec-Fetch-Site": ("same-site",),
    "X-Forwarded-Proto": ("https",),
    "X-SSL-Client-Verify": ("SUCCESS",),
}
_PREFLIGHTS = [
    {"Origin": SAME_ORIGIN, "Access-Control-Request-Method": method, **headers}
    for method in ("GET", "PUT")
    for headers in ({}, {"Access-Control-Request-Headers": "authorization"})
]
"""Fields that browsers send together with OPTIONS (https://fetch.spec.whatwg.org/#cors-preflight-fetch)."""
_PARAMETERS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("anonymous", "debug", "dry_run", "internal", "preview", "public", "readonly"), ("1", "true")),
    **dict.fromkeys(("role", "user", "username"), ("admin", "guest")),
    "_": ("1700000000000",),
    "callback": ("x",),
    "format": ("json", "xml"),
    "next": ("/login", "/static/app.js", "/health"),
    "v": ("1", "1.css", "app.js", "logo.png", "index.html"),
}


class Earlier(StrEnum):
    """A request with the management key that was sent on the same connection just before."""

    NONE = "no request"
    ACCEPTED = "a read"
    NOT_FOUND = "a read of an unknown unit"
    BAD_BODY = "an update with a forbidden body"
    CONFLICT = "a creation of governance for a unit that has some"
    REFUSED = "a read without a credential"


@dataclass(frozen=True)
class Surroundings:
    """What surrounds a credential."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    earlier: Earlier = Earlier.NONE


def surroundings(*, claims: bool) -> st.SearchStrategy[Surroundings]:
    """Return surroundings of a request.

    Args:
        claims: whether header fields and parameters may say something about the sender. A server may refuse a
            management key because of those.
    """
    ordinary = _each(_ORDINARY)
    fields = [*ordinary, *_each(_CLAIMS), *_PREFLIGHTS] if claims else ordinary
    return st.builds(
        Surroundings,
        headers=_some(fields, _MOST_FIELDS),
        query=_some(_each(_PARAMETERS), 1) if claims else st.just({}),
        earlier=st.sampled_from([*[Earlier.NONE] * len(Earlier), *Earlier]),
    )


def _each(values: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    return [{name: value} for name, several in values.items() for value in several]


def _some(parts: Sequence[Mapping[str, str]], most: int) -> st.SearchStrategy[dict[str, str]]:
    """Return at most some of the parts, as one mapping."""
    chosen = st.lists(st.sampled_from(parts), max_size=most)
    return chosen.map(lambda some: {name: value for part in some for name, value in part.items()})


def with_origin(base_url: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return header fields with the origin of the target in the places that stand for it (RFC 6454 section 4)."""
    origin = "/".join(base_url.split("/")[:3])
    return {name: origin if value == SAME_ORIGIN else value for name, value in headers.items()}
