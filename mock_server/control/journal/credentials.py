"""What is wrong with the credential of a refused request, in words, and without any part of it.

The response tells a caller nothing. The developer of the caller reads this in the journal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from mock_server.control.journal.journal import JournalContext

_PLACEHOLDERS = {"undefined", "null", "none", "nan", "[object object]", "true", "false"}
_BETWEEN_WORDS = re.compile(r"""[\s,;:="']+""")
_ACCEPTED = "management APIs accept a management API key in `Authorization: Bearer` only"


def why_refused(environ: Mapping[str, Any], context: JournalContext) -> str:
    """Return why the credential of a request with this WSGI environment was refused."""
    value = environ.get("HTTP_AUTHORIZATION")
    if value is None:
        return _elsewhere(environ, context)
    scheme, _, token = value.partition(" ")
    token = token.strip(" ")
    if value in context.keys:
        return "The key is right, but the scheme is missing: the header is `Authorization: Bearer KEY`."
    if not value.strip():
        return f"The header Authorization is empty; {_ACCEPTED}."
    if scheme.lower() != "bearer":
        if value.lower().startswith("bearer") and (" " not in value or "\t" in value):
            return "There is no space between `Bearer` and the key."
        known = scheme if scheme.lower() in {"basic", "digest", "token", "apikey", "key"} else "another one"
        return f"The scheme of Authorization is {known}; {_ACCEPTED}."
    if not token:
        return "There is no key after `Bearer`."
    if token.lower().startswith("bearer "):
        return "The scheme `Bearer` is there twice."
    if token in context.keys:
        return "The key is right, but there are blanks beside it."
    if token.strip("<>{} ") in context.keys:
        return "The key is right, but it is in brackets."
    if token.lower() in _PLACEHOLDERS or token.startswith(("$", "{{", "<")):
        return "The key is a placeholder, such as `undefined` or `$NAME`: a variable of the caller is not set."
    kind = _refused_kind(token, context)
    if kind is not None:
        return f"This is a {kind}; {_ACCEPTED}."
    return _unknown(token, context)


def _refused_kind(token: str, context: JournalContext) -> str | None:
    """Return the kind of a credential that the API refuses, such as "virtual key", by its prefix."""
    for name, prefix in context.contract.refused_prefixes().items():
        if token.lower().startswith(prefix.lower()):
            return name.replace("_", " ")
    return None


def _elsewhere(environ: Mapping[str, Any], context: JournalContext) -> str:
    """Explain a request without the header Authorization."""
    values = [value for _, value in parse_qsl(environ.get("QUERY_STRING", ""))]
    in_header = _in_another_header(environ, context)
    if in_header is not None:
        place = in_header
    elif "HTTP_X_API_KEY" in environ:
        place = "The credential is in `x-api-key`"
    elif any(_has_key(value, context) for value in values):
        place = "The key is in the query, where it can end up in logs"
    elif "HTTP_COOKIE" in environ:
        place = "There is a cookie, and no Authorization"
    else:
        place = "There is no Authorization header"
    return f"{place}; {_ACCEPTED}."


def _in_another_header(environ: Mapping[str, Any], context: JournalContext) -> str | None:
    """Say which header has a key or a refused credential, if one has; cookies are another place."""
    for name, value in environ.items():
        if not name.startswith("HTTP_") or name == "HTTP_COOKIE" or not isinstance(value, str):
            continue
        kind = "key" if _has_key(value, context) else _refused_kind(value.strip(), context)
        if kind is not None:
            return f"The {kind} is in `{name.removeprefix('HTTP_').replace('_', '-').lower()}`"
    return None


def _has_key(value: str, context: JournalContext) -> bool:
    """Whether a value is a key, or has one as a word, such as after a scheme."""
    return not set(_BETWEEN_WORDS.split(value)).isdisjoint(context.keys)


def _unknown(token: str, context: JournalContext) -> str:
    if "," in token or " " in token:
        return "Authorization was sent twice, or holds two keys; one key is needed."
    if token.strip("\"'`") in context.keys:
        return "The key is right, but it is in quotation marks."
    if token.lower() in {key.lower() for key in context.keys}:
        return "The key is right but for upper and lower case."
    prefix = context.contract.key_format().prefix
    if prefix and token.startswith(prefix):
        return "This has the form of a management API key, but is not a key of this mock."
    if token.startswith("eyJ"):
        return f"This looks like a JSON Web Token, such as those of a dashboard session; {_ACCEPTED}."
    return f"This is no management API key of this mock; {_ACCEPTED}."
