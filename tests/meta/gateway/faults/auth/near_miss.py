"""Servers that accept a token that is almost the key."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security


@fault("key-prefix-accepted", "AUTH", "must")
class KeyPrefixAccepted(Security):
    """The first eight characters of the key, its display form, are enough."""

    def accepts(self, request: Request, token: str) -> bool:
        return len(token) >= 8 and self.credentials.api_key.startswith(token)


@fault("longer-key-accepted", "AUTH", "must", proves=("AUTH-11",))
class LongerKeyAccepted(Security):
    """Whatever begins with the key is let in."""

    def accepts(self, request: Request, token: str) -> bool:
        return token.startswith(self.credentials.api_key)


@fault("key-in-any-case-accepted", "AUTH", "must")
class KeyInAnyCaseAccepted(Security):
    """The key is compared without regard to case."""

    def accepts(self, request: Request, token: str) -> bool:
        return self.same(token.lower(), self.credentials.api_key.lower())


@fault("quoted-key-accepted", "AUTH", "must")
class QuotedKeyAccepted(Security):
    """Quotes and punctuation around the key are trimmed before it is compared."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.strip("\"' ,;"))


@fault("words-after-key-ignored", "AUTH", "must")
class WordsAfterKeyIgnored(Security):
    """Only the first word after the scheme is compared."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.split(" ")[0])


@fault("key-may-be-one-character-off", "AUTH", "must")
class KeyMayBeOneCharacterOff(Security):
    """The last character of the key is not compared."""

    def accepts(self, request: Request, token: str) -> bool:
        return len(token) == len(self.credentials.api_key) and self.same(token[:-1], self.credentials.api_key[:-1])


@fault("first-character-not-compared", "AUTH", "must")
class FirstCharacterNotCompared(Security):
    """The first character of the key is not compared."""

    def accepts(self, request: Request, token: str) -> bool:
        return len(token) == len(self.credentials.api_key) and self.same(token[1:], self.credentials.api_key[1:])


@fault("middle-of-key-not-compared", "AUTH", "must")
class MiddleOfKeyNotCompared(Security):
    """Only the first and the last eight characters of the key are compared."""

    def accepts(self, request: Request, token: str) -> bool:
        key = self.credentials.api_key
        return len(token) == len(key) and (token[:8], token[-8:]) == (key[:8], key[-8:])


@fault("key-without-prefix-accepted", "AUTH", "must")
class KeyWithoutPrefixAccepted(Security):
    """The prefix that all keys share may be left out."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, f"bfst-{token.removeprefix('bfst-')}")


@fault("key-in-list-accepted", "AUTH", "must")
class KeyInListAccepted(Security):
    """Of several tokens with commas between them any may be the key."""

    def accepts(self, request: Request, token: str) -> bool:
        return any(self.same(one.strip(), self.credentials.api_key) for one in token.split(","))


@fault("field-key-anywhere-in-token", "AUTH", "must", origin="blind-2")
class KeyAnywhereInToken(Security):
    """The token is searched for the key instead of being compared with it."""

    def accepts(self, request: Request, token: str) -> bool:
        return self.credentials.api_key in token


@fault("field-non-ascii-token-breaks", "AUTH", "should", origin="blind-2")
class NonAsciiTokenBreaks(Security):
    """A token beyond ASCII cannot be compared in constant time: 500."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.encode("ascii").decode())


@fault("third-display-prefix-is-key", "AUTH", "must", origin="blind-3")
class DisplayPrefixIsKey(Security):
    """The lookup of keys goes by the stored display prefix, so the key's first eight characters alone are let in."""

    def accepts(self, request: Request, token: str) -> bool:
        """Accept the prefix that lists of keys show."""
        shown = token.removesuffix("...")
        return super().accepts(request, token) or self.same(shown, self.credentials.api_key[:8])
