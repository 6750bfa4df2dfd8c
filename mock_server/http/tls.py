"""TLS for the mock's own server: a certificate from files, or one that is made at the start."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from tempfile import mkstemp

from mock_server.errors import StartError


def from_files(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """Return the settings for a certificate chain and its private key in PEM; the key may be in the same file.

    Raises:
        StartError: the files cannot be used. A key that needs a password is refused.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")
    except OSError as error:  # SSLError is one
        reason = getattr(error, "reason", None) or error.strerror or str(error)
        files = certificate if key is None else f"{certificate} and {key}"
        raise StartError(f"cannot use the certificate in {files}: {reason}") from None
    return context


def made_now(host: str) -> tuple[ssl.SSLContext, Path]:
    """Return the settings for a new certificate, and a new file with the authority that clients must trust.

    The certificate is for the loopback names and addresses and for the host. The caller removes the file.

    Raises:
        StartError: trustme is not installed, or the file cannot be written.
    """
    try:
        import trustme
    except ImportError:
        raise StartError("--tls needs trustme: pip install 'path/to/governance-contract[tls]'") from None
    authority = trustme.CA()
    names = dict.fromkeys(["localhost", "127.0.0.1", "::1", host.strip("[]")])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    try:
        descriptor, name = mkstemp(prefix="governance-mock-ca-", suffix=".pem")
        with os.fdopen(descriptor, "wb") as file:
            file.write(authority.cert_pem.bytes())
    except OSError as error:
        raise StartError(f"cannot write the certificate authority to a temporary file: {error.strerror}") from None
    return context, Path(name)
