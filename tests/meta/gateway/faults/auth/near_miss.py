"""Servers that accept a token that is almost the key."""

from __future__ import annotations

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


@fault("field-non-ascii-token-breaks", "should", Security.accepts, origin="blind-2")
def non_ascii_token_breaks(self: Security, request: Request, token: str) -> bool:
    """The server answers 500 to a token with non-ASCII characters."""
    return Security.accepts(self, request, token.encode("ascii").decode())
