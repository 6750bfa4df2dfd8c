"""TLS: certificates are verified, against another authority where one is named, and the client can show its own."""

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
    """A certificate authority that nobody trusts by itself."""
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    """Its certificate in a file."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


@contextmanager
def _serving(authority: trustme.CA, *, client_needed: bool = False, host: str = "127.0.0.1") -> Iterator[str]:
    """A server that refuses every key, over TLS: enough to see which client got that far."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    if client_needed:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    with stub_server(always(401), tls=context) as server:
        yield server.url


def _told(*arguments: str) -> str:
    done = command("check", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr


def test_an_unknown_authority_is_not_trusted(authority: trustme.CA) -> None:
    with _serving(authority) as url:
        assert "--ca-bundle" in _told(url)


def test_a_named_authority_is_trusted(authority: trustme.CA, bundle: str) -> None:
    with _serving(authority) as url:
        assert "rejects the management key" in _told(url, "--ca-bundle", bundle)


def test_the_client_shows_its_certificate(authority: trustme.CA, bundle: str, tmp_path: Path) -> None:
    own = authority.issue_cert("checks@example.org")
    certificate, key = tmp_path / "client.pem", tmp_path / "client.key"
    own.cert_chain_pems[0].write_to_path(str(certificate))
    own.private_key_pem.write_to_path(str(key))
    with _serving(authority, client_needed=True) as url:
        assert "--client-cert" in _told(url, "--ca-bundle", bundle)
        with_own = _told(url, "--ca-bundle", bundle, "--client-cert", str(certificate), "--client-key", str(key))
    assert "rejects the management key" in with_own


def test_a_certificate_of_another_host_is_told_from_an_unknown_authority(authority: trustme.CA, bundle: str) -> None:
    with _serving(authority, host="gateway.example") as url:
        assert "another host" in _told(url, "--ca-bundle", bundle)


def test_https_where_plain_http_is_spoken(mock_url: str) -> None:
    assert "does not speak TLS" in _told(mock_url.replace("http:", "https:"))


@pytest.mark.parametrize("option", ["--ca-bundle", "--client-cert"])
def test_a_file_that_is_not_there(option: str) -> None:
    assert "no-such-file.pem" in _told("https://127.0.0.1:9", option, "no-such-file.pem")
