"""Where a target is: base URLs. Imports nothing large, so that the command can complain at once."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def check_url(url: str) -> str:
    """Return a base URL without its trailing slash.

    Raises:
        ValueError: it is not an http or https URL with a host, or carries credentials, a query or a fragment.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"{url!r} is no URL: its host or its port cannot be read") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not an http:// or https:// URL")
    if parts.username or parts.password:
        raise ValueError("the URL carries credentials; pass the key in GOVERNANCE_API_KEY instead")
    if parts.query or parts.fragment:
        raise ValueError(f"{url!r} has a query or a fragment; the base URL ends before them")
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine: localhost, 127.0.0.0/8 or [::1]."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761 section 6.3
