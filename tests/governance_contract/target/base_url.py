"""Checks of base URLs. This module imports nothing large, so that the command can report a bad URL at once."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def check_url(url: str) -> str:
    """Return a base URL without its trailing slash.

    Raises:
        ValueError: the URL is not http or https, has no host, or has credentials, a query or a fragment.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"{url!r} is not a URL: its host or its port cannot be read") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not an http:// or https:// URL")
    if parts.username or parts.password:
        raise ValueError("the URL contains credentials; pass the key in GOVERNANCE_API_KEY instead")
    if "?" in url or "#" in url:  # also an empty query, which would swallow the path
        raise ValueError(f"{url!r} has a query or a fragment; a base URL has neither")
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether the host of a URL is this machine: localhost, 127.0.0.0/8 or [::1]."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761 section 6.3
