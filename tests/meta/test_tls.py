"""TLS: verification of certificates, other certificate authorities, and client certificates."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from judging import assert_error, command
from stub_server import always, stub_server


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that the system does not trust."""
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    """The path of the certificate of the authority."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


@contextmanager
def _serving(authority: trustme.CA, *, client_needed: bool = False, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve TLS and refuse every key. A refused key shows that the TLS handshake succeeded."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    if client_needed:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    with stub_server(always(401), tls=context) as server:
        yield server.url


def _assert_error(says: str, *arguments: str) -> None:
    assert_error(command("check", *arguments), says)


@pytest.mark.parametrize(
    ("host", "trusted", "says"),
    [
        ("127.0.0.1", False, "--ca-bundle"),
        ("127.0.0.1", True, "rejects the management key"),
        ("gateway.example", True, "another host"),
    ],
    ids=["unknown authority", "trusted", "another host"],
)
def test_the_certificate_is_verified(authority: trustme.CA, bundle: str, host: str, trusted: bool, says: str) -> None:
    with _serving(authority, host=host) as url:
        _assert_error(says, url, *(["--ca-bundle", bundle] if trusted else []))


def test_a_client_certificate_is_sent(authority: trustme.CA, bundle: str, tmp_path: Path) -> None:
    own = authority.issue_cert("checks@example.org")
    certificate, key = tmp_path / "client.pem", tmp_path / "client.key"
    own.cert_chain_pems[0].write_to_path(str(certificate))
    own.private_key_pem.write_to_path(str(key))
    with _serving(authority, client_needed=True) as url:
        _assert_error("--client-cert", url, "--ca-bundle", bundle)
        own_files = ["--client-cert", str(certificate), "--client-key", str(key)]
        _assert_error("rejects the management key", url, "--ca-bundle", bundle, *own_files)


def test_https_to_a_plain_http_server(mock_url: str) -> None:
    _assert_error("does not speak TLS", mock_url.replace("http:", "https:"))


@pytest.mark.parametrize("option", ["--ca-bundle", "--client-cert"])
def test_a_missing_file(option: str) -> None:
    _assert_error("no-such-file.pem", "https://127.0.0.1:9", option, "no-such-file.pem")
