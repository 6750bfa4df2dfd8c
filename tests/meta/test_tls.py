"""TLS: verification of certificates, other certificate authorities, and client certificates."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from judging import command
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


def _error_of(*arguments: str) -> str:
    done = command("check", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr


def test_an_unknown_authority_is_not_trusted(authority: trustme.CA) -> None:
    with _serving(authority) as url:
        assert "--ca-bundle" in _error_of(url)


def test_a_named_authority_is_trusted(authority: trustme.CA, bundle: str) -> None:
    with _serving(authority) as url:
        assert "rejects the management key" in _error_of(url, "--ca-bundle", bundle)


def test_a_client_certificate_is_sent(authority: trustme.CA, bundle: str, tmp_path: Path) -> None:
    own = authority.issue_cert("checks@example.org")
    certificate, key = tmp_path / "client.pem", tmp_path / "client.key"
    own.cert_chain_pems[0].write_to_path(str(certificate))
    own.private_key_pem.write_to_path(str(key))
    with _serving(authority, client_needed=True) as url:
        assert "--client-cert" in _error_of(url, "--ca-bundle", bundle)
        with_own = _error_of(url, "--ca-bundle", bundle, "--client-cert", str(certificate), "--client-key", str(key))
    assert "rejects the management key" in with_own


def test_a_certificate_of_another_host_has_its_own_message(authority: trustme.CA, bundle: str) -> None:
    with _serving(authority, host="gateway.example") as url:
        assert "another host" in _error_of(url, "--ca-bundle", bundle)


def test_https_to_a_plain_http_server(mock_url: str) -> None:
    assert "does not speak TLS" in _error_of(mock_url.replace("http:", "https:"))


@pytest.mark.parametrize("option", ["--ca-bundle", "--client-cert"])
def test_a_missing_file(option: str) -> None:
    assert "no-such-file.pem" in _error_of("https://127.0.0.1:9", option, "no-such-file.pem")
