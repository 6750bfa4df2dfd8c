"""Authentication with management keys.

A key comes in the Authorization header as an HTTP bearer credential (contract: the security scheme). Other schemes,
other headers, cookies and query parameters are ignored.
"""

from __future__ import annotations

import hmac
import re
import secrets
import string
from collections.abc import Sequence
from hashlib import sha256
from http import HTTPStatus

from mock_server.contract.document import Contract, KeyFormat
from mock_server.errors import StartError
from mock_server.problems import Problem

_BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, section 2.1
CHALLENGE = {"WWW-Authenticate": "Bearer"}


class UnusableKeyError(StartError):
    """A management key cannot be used; the message says why and never shows the key."""


def split_keys(text: str) -> list[str]:
    """Return the management keys of a comma-separated list."""
    return [key.strip() for key in text.split(",")]


def usable_keys(keys: Sequence[str], contract: Contract) -> Sequence[str]:
    """Return these management keys; raises UnusableKeyError if one is empty or unusable."""
    for key in keys:
        if not _BEARER_TOKEN.fullmatch(key):
            raise UnusableKeyError(
                "a management key is empty or contains a character that a bearer token cannot contain"
            )
        if key.casefold().startswith(tuple(prefix.casefold() for prefix in contract.refused_prefixes().values())):
            raise UnusableKeyError("a management key begins with the prefix of a credential that the contract refuses")
    return keys


def random_key(key_format: KeyFormat) -> str:
    """Return a new random key in the contract's format."""
    alphabet = string.ascii_letters + string.digits
    return key_format.prefix + "".join(secrets.choice(alphabet) for _ in range(key_format.random_characters))


class ManagementKeys:
    """The accepted keys, as digests of equal length, so that a comparison does not reveal the length of a key."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Accept these keys."""
        self._digests = [sha256(key.encode()).digest() for key in keys]

    def check(self, authorization: str | None) -> None:
        """Raise a 401 Problem unless the header's value holds one of the keys as bearer credentials.

        The name of the scheme is case-insensitive (RFC 9110, section 11.1). A header that was sent twice arrives joined
        by a comma, which no key contains.
        """
        scheme, _, token = (authorization or "").partition(" ")
        digest = sha256(token.lstrip(" ").encode("utf-8", "surrogateescape")).digest()
        matches = 0
        for known in self._digests:
            matches |= hmac.compare_digest(digest, known)
        if not matches or scheme.lower() != "bearer":
            raise Problem(HTTPStatus.UNAUTHORIZED, headers=CHALLENGE)
