"""Servers that accept a token that is almost the key."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security


@fault("key-prefix-accepted", "AUTH", "must")
class KeyPrefixAccepted(Security):
    """The server accepts the beginning of the key, from eight characters on."""

    def accepts(self, request: Request, token: str) -> bool:
        return len(token) >= 8 and self.credentials.api_key.startswith(token)


@fault("longer-key-accepted", "AUTH", "must", proves=("AUTH-11",))
class LongerKeyAccepted(Security):
    """The server accepts every token that begins with the key."""

    def accepts(self, request: Request, token: str) -> bool:
        return token.startswith(self.credentials.api_key)


@fault("key-in-any-case-accepted", "AUTH", "must")
class KeyInAnyCaseAccepted(Security):
    """The server compares the key without regard to case."""

    def accepts(self, request: Request, token: str) -> bool:
        return self.same(token.lower(), self.credentials.api_key.lower())


@fault("quoted-key-accepted", "AUTH", "must")
class QuotedKeyAccepted(Security):
    """The server trims quotes and punctuation around the key before it compares it."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.strip("\"' ,;"))


@fault("words-after-key-ignored", "AUTH", "must")
class WordsAfterKeyIgnored(Security):
    """The server compares only the first word after the scheme."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.split(" ")[0])


@fault("key-may-be-one-character-off", "AUTH", "must")
class KeyMayBeOneCharacterOff(Security):
    """The server does not compare the last character of the key."""

    def accepts(self, request: Request, token: str) -> bool:
        return len(token) == len(self.credentials.api_key) and self.same(token[:-1], self.credentials.api_key[:-1])


@fault("first-character-not-compared", "AUTH", "must")
class FirstCharacterNotCompared(Security):
    """The server does not compare the first character of the key."""

    def accepts(self, request: Request, token: str) -> bool:
        return len(token) == len(self.credentials.api_key) and self.same(token[1:], self.credentials.api_key[1:])


@fault("middle-of-key-not-compared", "AUTH", "must")
class MiddleOfKeyNotCompared(Security):
    """The server compares only the first and the last eight characters of the key."""

    def accepts(self, request: Request, token: str) -> bool:
        key = self.credentials.api_key
        return len(token) == len(key) and (token[:8], token[-8:]) == (key[:8], key[-8:])


@fault("key-without-prefix-accepted", "AUTH", "must")
class KeyWithoutPrefixAccepted(Security):
    """The server accepts the key without the prefix that all keys share."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, f"bfst-{token.removeprefix('bfst-')}")


@fault("key-in-list-accepted", "AUTH", "must")
class KeyInListAccepted(Security):
    """The server accepts a comma-separated list of tokens that contains the key."""

    def accepts(self, request: Request, token: str) -> bool:
        return any(self.same(one.strip(), self.credentials.api_key) for one in token.split(","))


@fault("field-key-anywhere-in-token", "AUTH", "must", origin="blind-2")
class KeyAnywhereInToken(Security):
    """The server searches the token for the key instead of comparing the two."""

    def accepts(self, request: Request, token: str) -> bool:
        return self.credentials.api_key in token


@fault("field-non-ascii-token-breaks", "AUTH", "should", origin="blind-2")
class NonAsciiTokenBreaks(Security):
    """The server answers 500 to a token with non-ASCII characters."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.encode("ascii").decode())


@fault("third-display-prefix-is-key", "AUTH", "must", origin="blind-3")
class DisplayPrefixIsKey(Security):
    """The server accepts the first eight characters of the key, its display form."""

    def accepts(self, request: Request, token: str) -> bool:
        shown = token.removesuffix("...")
        return super().accepts(request, token) or self.same(shown, self.credentials.api_key[:8])
