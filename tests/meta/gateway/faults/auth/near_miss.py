"""Servers that accept a token that is almost the key."""

from __future__ import annotations

import base64
import binascii
import contextlib
import unicodedata
import urllib.parse

from ...assembly import fault
from ...messages import Request
from ...security import Security


@fault("key-prefix-accepted", "must", Security.accepts)
def key_prefix_accepted(self: Security, request: Request, token: str) -> bool:
    """The server accepts the beginning of the key, from eight characters on."""
    return len(token) >= 8 and self.credentials.api_key.startswith(token)


@fault("longer-key-accepted", "must", Security.accepts, proves=("AUTH-11",))
def longer_key_accepted(self: Security, request: Request, token: str) -> bool:
    """The server accepts every token that begins with the key."""
    return token.startswith(self.credentials.api_key)


@fault("key-in-any-case-accepted", "must", Security.accepts)
def key_in_any_case_accepted(self: Security, request: Request, token: str) -> bool:
    """The server compares the key without regard to case."""
    return self.same(token.lower(), self.credentials.api_key.lower())


@fault("quoted-key-accepted", "must", Security.accepts)
def quoted_key_accepted(self: Security, request: Request, token: str) -> bool:
    """The server trims quotes and punctuation around the key before it compares it."""
    return Security.accepts(self, request, token.strip("\"' ,;"))


@fault("words-after-key-ignored", "must", Security.accepts)
def words_after_key_ignored(self: Security, request: Request, token: str) -> bool:
    """The server compares only the first word after the scheme."""
    return Security.accepts(self, request, token.split(" ")[0])


@fault("key-may-be-one-character-off", "must", Security.accepts)
def key_may_be_one_character_off(self: Security, request: Request, token: str) -> bool:
    """The server does not compare the last character of the key."""
    return len(token) == len(self.credentials.api_key) and self.same(token[:-1], self.credentials.api_key[:-1])


@fault("first-character-not-compared", "must", Security.accepts)
def first_character_not_compared(self: Security, request: Request, token: str) -> bool:
    """The server does not compare the first character of the key."""
    return len(token) == len(self.credentials.api_key) and self.same(token[1:], self.credentials.api_key[1:])


@fault("middle-of-key-not-compared", "must", Security.accepts)
def middle_of_key_not_compared(self: Security, request: Request, token: str) -> bool:
    """The server compares only the first and the last eight characters of the key."""
    key = self.credentials.api_key
    return len(token) == len(key) and (token[:8], token[-8:]) == (key[:8], key[-8:])


@fault("key-without-prefix-accepted", "must", Security.accepts)
def key_without_prefix_accepted(self: Security, request: Request, token: str) -> bool:
    """The server accepts the key without the prefix that all keys share."""
    return Security.accepts(self, request, f"bfst-{token.removeprefix('bfst-')}")


@fault("key-in-list-accepted", "must", Security.accepts)
def key_in_list_accepted(self: Security, request: Request, token: str) -> bool:
    """The server accepts a comma-separated list of tokens that contains the key."""
    return any(self.same(one.strip(), self.credentials.api_key) for one in token.split(","))


@fault("field-non-ascii-token-breaks", "must", Security.accepts, origin="blind-2")
def non_ascii_token_breaks(self: Security, request: Request, token: str) -> bool:
    """The server answers 500 to a token with non-ASCII characters."""
    return Security.accepts(self, request, token.encode("ascii").decode())


@fault("fresh-blanks-in-key-ignored", "must", origin="blind-5")
class BlanksInKeyIgnored(Security):
    """The server ignores blanks and tabs within the bearer token."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, "".join(token.split()))


@fault("quiet-key-in-base64-accepted", "must", origin="blind-10")
class KeyInBase64Accepted(Security):
    """The server accepts a bearer token that is the key, or a user name, a colon and the key, in Base64."""

    def accepts(self, request: Request, token: str) -> bool:
        if super().accepts(request, token):
            return True
        with contextlib.suppress(binascii.Error, ValueError):
            decoded = base64.b64decode(token, validate=True).decode()
            return super().accepts(request, decoded) or super().accepts(request, decoded.partition(":")[2])
        return False


@fault("seldom-accents-of-key-ignored", "must", Security.accepts, origin="blind-11")
def accents_of_key_ignored(self: Security, request: Request, token: str) -> bool:
    """The server accepts a key with accents on some of its letters, because its database compares without accents."""
    try:
        text = token.encode("latin-1").decode("utf-8")
    except UnicodeError:
        text = token
    letters = unicodedata.normalize("NFD", text)
    return Security.accepts(self, request, "".join(one for one in letters if not unicodedata.combining(one)))


@fault("rare-parameters-after-key", "must", origin="blind-4")
class ParametersAfterKey(Security):
    """The server ignores everything after a semicolon in the bearer token."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.partition(";")[0].rstrip(" "))


@fault("rare-hyphen-equals-underscore", "must", origin="blind-4")
class HyphenEqualsUnderscore(Security):
    """The server accepts the key with underscores in place of hyphens."""

    def same(self, token: str, secret: str) -> bool:
        return super().same(token.replace("_", "-"), secret.replace("_", "-"))


@fault("rare-percent-encoded-key", "must", origin="blind-4")
class PercentEncodedKey(Security):
    """The server percent-decodes the bearer token before the comparison."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, urllib.parse.unquote(token))


@fault("rare-non-ascii-bytes-in-key-ignored", "must", origin="blind-4")
class NonAsciiBytesInKeyIgnored(Security):
    """The server ignores bytes beyond ASCII in the bearer token."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, "".join(character for character in token if character.isascii()))


@fault("rare-key-prefix-in-other-case", "must", origin="blind-4")
class KeyPrefixInOtherCase(Security):
    """The server compares the letters before the first hyphen of the key without regard to case."""

    def same(self, token: str, secret: str) -> bool:
        prefix, hyphen, rest = token.partition("-")
        expected = secret.partition("-")[0]
        if hyphen and prefix.lower() == expected.lower():
            return super().same(f"{expected}-{rest}", secret)
        return super().same(token, secret)


@fault("rare-key-at-both-ends", "must", origin="blind-4")
class KeyAtBothEnds(Security):
    """The server accepts a bearer token that both begins and ends with the key, such as the key written twice."""

    def same(self, token: str, secret: str) -> bool:
        return bool(secret) and token.startswith(secret) and token.endswith(secret)
