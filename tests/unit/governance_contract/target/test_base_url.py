"""Base URLs: which are accepted, and which are on this machine."""

from __future__ import annotations

import pytest
from governance_contract.target.base_url import check_url, is_loopback


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://gateway.example/prefix/", "https://gateway.example/prefix"),
        ("http://[::1]:80/", "http://[::1]:80"),
    ],
)
def test_a_base_url_has_no_trailing_slash(url: str, checked: str) -> None:
    assert check_url(url) == checked


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("gateway.example", "not an http:// or https:// URL"),
        ("ftp://gateway.example", "not an http:// or https:// URL"),
        ("http:///path", "not an http:// or https:// URL"),
        ("http://host:port", "its host or its port cannot be read"),
        ("http://[::1", "its host or its port cannot be read"),
        ("http://host?page=1", "a query or a fragment"),
        ("http://host#top", "a query or a fragment"),
        ("http://host/?", "a query or a fragment"),
        ("http://host/#", "a query or a fragment"),
    ],
)
def test_another_url_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_url(url)


def test_the_error_for_a_url_with_credentials_does_not_show_them() -> None:
    with pytest.raises(ValueError, match="GOVERNANCE_API_KEY") as raised:
        check_url("http://user:s3cret@host")
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1:80", True),
        ("[::1]", True),
        ("localhost", True),
        ("api.localhost", True),
        ("10.0.0.1", False),
        ("[::2]", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
    ],
)
def test_loopback_hosts(host: str, loopback: bool) -> None:
    assert is_loopback(f"http://{host}") is loopback
