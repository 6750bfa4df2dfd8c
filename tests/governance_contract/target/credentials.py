"""Credentials: the management key, credentials that must be refused, and how each is shown without its secret."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from ..vocabulary import MANAGEMENT_KEY_NAME
from .recipes import MANAGEMENT_KEY, Recipe, RenderedToken, Secret, render
from .redaction import SHORTEST_SECRET, Redactor

KEY_VARIABLE = "GOVERNANCE_API_KEY"
NO_KEY = f"{KEY_VARIABLE} is not set: the checks need a management key of the target"
_SHOWN_PREFIX = 8
"""The number of characters of a key that the product displays."""
_COMMON_TOKENS = ("null", "undefined", "ключ")
_BLANKS = " \t"


@dataclass(frozen=True)
class Credential:
    """The header fields and query parameters that authenticate a request.

    ``shell`` and ``shell_query`` hold the same for a command line, with environment variables in place of secrets.
    """

    name: str
    headers: Mapping[str, str] = field(default_factory=dict)
    shell: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    shell_query: Mapping[str, str] = field(default_factory=dict)
    synthetic: bool = False
    """Whether the checks generated it; the target did not issue it."""
    body: Mapping[str, str] = field(default_factory=dict)
    """Members that are added to a JSON object in the body."""
    secrets: tuple[str, ...] = ()
    """Texts that disclose a secret and that only this credential holds."""


def bearer(name: str, token: str, shell: str, *, synthetic: bool = False) -> Credential:
    """Return a token in ``Authorization: Bearer`` (RFC 6750 section 2.1)."""
    return header(name, "Authorization", f"Bearer {token}", f"Bearer {shell}", synthetic=synthetic)


def header(name: str, field_name: str, value: str, shell: str, *, synthetic: bool = False) -> Credential:
    """Return a credential in one header field."""
    return Credential(name, {field_name: value}, {field_name: shell}, synthetic=synthetic)


NONE = Credential("no credential")


def _trimmed(token: str) -> str:
    """Return a token without surrounding white space, which HTTP strips (RFC 9110 sections 5.5 and 11.4)."""
    return token.strip(_BLANKS)


def _token(credential: Credential) -> str:
    """Return the bearer token as a server reads it."""
    return _trimmed(credential.headers["Authorization"].removeprefix("Bearer"))


def _reject_control_characters(variable: str, value: str) -> None:
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError(f"{variable} contains a line break or another control character, which no header allows")


def key_format(scheme: Mapping[str, Any]) -> tuple[str, int]:
    """Return the prefix of management keys by a security scheme, and the number of characters after it."""
    key = scheme.get("x-key-format", {})
    return str(key.get("prefix", "")), int(key.get("random_characters", 44))


class Keyring:
    """The credentials of one run: the management key, credentials derived from it, and foreign credentials."""

    def __init__(self, environment: Mapping[str, str], scheme: Mapping[str, Any], seed: int) -> None:
        """Read the management key and the foreign credentials.

        Args:
            environment: usually ``os.environ``.
            scheme: the contract's security scheme, with ``x-key-format`` and ``x-refused-credentials``.
            seed: the seed of generated credentials.

        Raises:
            KeyError: there is no management key.
            ValueError: a credential has control characters, or a foreign credential is a management key. The message
                does not contain the credential.
        """
        # The mock accepts several keys, separated by commas; the checks need one of them.
        keys = [key.strip() for key in environment[KEY_VARIABLE].split(",")]
        self._key = keys[0]
        if not self._key:
            raise KeyError(KEY_VARIABLE)
        _reject_control_characters(KEY_VARIABLE, self._key)
        self._scheme = scheme
        self._seed = seed
        self._foreign = {
            kind: (environment.get(facts["environment"], "").strip(), facts)
            for kind, facts in scheme.get("x-refused-credentials", {}).items()
            if isinstance(facts, Mapping) and "environment" in facts
        }
        for value, facts in self._foreign.values():
            _reject_control_characters(facts["environment"], value)
            if value and value in keys:
                raise ValueError(f"{facts['environment']} holds a management key, which the target must accept")
        self.management = bearer(MANAGEMENT_KEY_NAME, self._key, f"${KEY_VARIABLE}")

    @property
    def synthetic_kinds(self) -> tuple[str, ...]:
        """The environment variables that are not set, so that a generated credential is used instead."""
        return tuple(facts["environment"] for value, facts in self._foreign.values() if not value)

    def foreign(self, kind: str) -> Credential:
        """Return a credential of a kind that must be refused, as a bearer token.

        Args:
            kind: a key of the contract's ``x-refused-credentials``.
        """
        value, facts = self._foreign.get(kind, ("", {}))
        name = kind.replace("_", " ")
        if value:
            return bearer(f"a {name}", value, f"${facts['environment']}")
        made_up = facts.get("prefix", "") + self._made_up(kind, 40)
        return bearer(f"a made-up {name}", made_up, made_up, synthetic=True)

    def unknown_keys(self) -> list[Credential]:
        """Return keys that were never issued: one as long as the real key, and one in the documented form."""
        documented = self._never_issued("documented form", self._documented_length)
        return [
            self.unknown_key(),
            bearer("a key of the documented form that was never issued", documented, documented, synthetic=True),
        ]

    def unknown_key(self) -> Credential:
        """Return a key that was never issued, in the documented form; as long as the real key if that has this form."""
        prefix = self._public_prefix
        length = self._documented_length
        if self._key.startswith(prefix) and len(self._key) > len(prefix):
            length = len(self._key) - len(prefix)
        token = self._never_issued("management key", length)
        return bearer("a management key that was never issued", token, token, synthetic=True)

    @property
    def _documented_length(self) -> int:
        """The number of characters after the prefix of a key in the documented form."""
        return key_format(self._scheme)[1]

    def _never_issued(self, kind: str, length: int) -> str:
        """Return a key with the public prefix that is not the management key."""
        made_up = self._public_prefix + self._made_up(kind, length)
        # A short generated key may equal the real one by chance.
        return made_up if made_up != self._key else made_up[:-1] + _other(made_up[-1])

    def _made_up(self, kind: str, length: int) -> str:
        """Return characters from a digest of the seed. They need not be secret, only never issued."""
        return hashlib.shake_256(f"{self._seed}:{kind}".encode()).hexdigest(length)[:length]

    def other_schemes(self) -> list[Credential]:
        """Return the management key under schemes other than Bearer."""
        encoded = base64.b64encode(f"{self._key}:".encode()).decode()
        as_password = base64.b64encode(f"admin:{self._key}".encode()).decode()
        variable = f"${KEY_VARIABLE}"
        return [
            header(
                "Basic, the key as user name",
                "Authorization",
                f"Basic {encoded}",
                f'Basic $(printf %s: "{variable}" | base64 -w0)',
            ),
            header(
                "Basic, the key as password",
                "Authorization",
                f"Basic {as_password}",
                f'Basic $(printf admin:%s "{variable}" | base64 -w0)',
            ),
            header("Token scheme", "Authorization", f"Token {self._key}", f"Token {variable}"),
            header("ApiKey scheme", "Authorization", f"ApiKey {self._key}", f"ApiKey {variable}"),
            header("Digest scheme", "Authorization", f"Digest {self._key}", f"Digest {variable}"),
            header(
                "a scheme that begins like Bearer", "Authorization", f"Bearerish {self._key}", f"Bearerish {variable}"
            ),
            header("a scheme that ends like Bearer", "Authorization", f"XBearer {self._key}", f"XBearer {variable}"),
            header("Bearer without a space", "Authorization", f"Bearer{self._key}", f"Bearer{variable}"),
        ]

    def key_without_scheme(self) -> Credential:
        """Return the management key in Authorization without a scheme."""
        return header("the key without a scheme", "Authorization", self._key, f"${KEY_VARIABLE}")

    def api_key_header(self) -> Credential:
        """Return the management key in ``x-api-key``, without an Authorization header."""
        return header("x-api-key alone", "x-api-key", self._key, f"${KEY_VARIABLE}")

    def api_key_header_with(self, bad: Credential) -> Credential:
        """Return the management key in ``x-api-key`` together with a bad credential."""
        own = self.api_key_header()
        return Credential(f"x-api-key with {bad.name}", {**own.headers, **bad.headers}, {**own.shell, **bad.shell})

    def empty_token(self) -> Credential:
        """Return the scheme without a token."""
        return bearer("an empty token", "", "")

    def near_misses(self) -> list[Credential]:
        """Return bearer tokens that resemble the management key and differ from it after HTTP has trimmed them."""
        candidates = [*self._of_another_length(), *self._with_one_character_replaced(), *self._with_additions()]
        candidates += [self.empty_token(), *(bearer(f"the token {word}", word, word) for word in _COMMON_TOKENS)]
        swapped = bearer(
            "the key with upper and lower case swapped",
            self._key.swapcase(),
            f'$(printf %s "${KEY_VARIABLE}" | tr a-zA-Z A-Za-z)',
        )
        exchanged = bearer(
            "the key with hyphens and underscores exchanged",
            self._key.translate(str.maketrans("-_", "_-")),
            f'$(printf %s "${KEY_VARIABLE}" | tr -- -_ _-)',
        )
        candidates = [*candidates, swapped, exchanged]
        return [candidate for candidate in candidates if _token(candidate) != _trimmed(self._key)]

    def _of_another_length(self) -> list[Credential]:
        """Return tokens that are shorter or longer than the key."""
        key, variable = self._key, KEY_VARIABLE
        cut = _SHOWN_PREFIX if len(key) > _SHOWN_PREFIX else len(key) // 2
        return [
            bearer("the key without its last character", key[:-1], f"${{{variable}%?}}"),
            bearer("the key without its first character", key[1:], f"${{{variable}#?}}"),
            bearer("the key with an additional character", f"{key}x", f"${{{variable}}}x"),
            bearer("the key twice", f"{key}{key}", f"${{{variable}}}${{{variable}}}"),
            bearer(
                "the key split by a space",
                f"{key[:cut]} {key[cut:]}",
                f"${{{variable}:0:{cut}}} ${{{variable}:{cut}}}",
            ),
            bearer("the first eight characters", f"{key[:_SHOWN_PREFIX]}...", f"${{{variable}:0:{_SHOWN_PREFIX}}}..."),
        ]

    def _with_one_character_replaced(self) -> list[Credential]:
        """Return tokens as long as the key in which one character is replaced."""
        key, variable, middle = self._key, KEY_VARIABLE, len(self._key) // 2
        return [
            bearer(
                "the key with another last character", key[:-1] + _other(key[-1]), f"${{{variable}%?}}{_other(key[-1])}"
            ),
            bearer(
                "the key with another first character", _other(key[0]) + key[1:], f"{_other(key[0])}${{{variable}#?}}"
            ),
            bearer(
                "the key with another character in the middle",
                key[:middle] + _other(key[middle]) + key[middle + 1 :],
                f"${{{variable}:0:{middle}}}{_other(key[middle])}${{{variable}:{middle + 1}}}",
            ),
        ]

    def _with_additions(self) -> list[Credential]:
        """Return tokens that contain the whole key, and the parts of a key with the public prefix."""
        key, variable, prefix = self._key, f"${KEY_VARIABLE}", self._public_prefix
        framed = [
            bearer("the key after the scheme twice", f"Bearer {key}", f"Bearer {variable}"),
            bearer("the key twice, separated by a space", f"{key} {key}", f"{variable} {variable}"),
            bearer("the key in quotes", f'"{key}"', f'"{variable}"'),
            bearer("the key in a list", f"{key},other", f"{variable},other"),
            bearer("the key with a parameter", f"{key};v=1", f"{variable};v=1"),
            bearer("the key with a letter beyond ASCII", f"{key}é", f"{variable}é"),
        ]
        if prefix and key.startswith(prefix) and key != prefix:
            framed += [
                bearer("the prefix of all keys", prefix, prefix, synthetic=True),
                bearer("the key without its prefix", key.removeprefix(prefix), f"${{{KEY_VARIABLE}#{prefix}}}"),
            ]
        return framed

    @property
    def _public_prefix(self) -> str:
        """The prefix of every management key; not a secret."""
        return key_format(self._scheme)[0]

    def management_with_virtual_keys(self) -> list[Credential]:
        """Return the management key as a bearer token together with a virtual key in each of several headers."""
        token = self.foreign("virtual_key")
        value = token.headers["Authorization"].removeprefix("Bearer ")
        shell = token.shell["Authorization"].removeprefix("Bearer ")
        places = (("x-api-key", ""), ("x-bf-vk", ""), ("Cookie", "token="))
        return [
            Credential(
                f"{MANAGEMENT_KEY_NAME} with {token.name} in {name}",
                {**self.management.headers, name: f"{prefix}{value}"},
                {**self.management.shell, name: f"{prefix}{shell}"},
            )
            for name, prefix in places
        ]

    def other_carriers(self) -> list[Credential]:
        """Return the management key in headers, a cookie and query parameters other than Authorization."""
        key, variable = self._key, f"${KEY_VARIABLE}"
        fields = ("api-key", "x-goog-api-key", "x-bf-vk", "X-Authorization", "Proxy-Authorization")
        carriers = [header(f"{name} header", name, key, variable) for name in fields]
        carriers += [
            header("cookie", "Cookie", f"token={quote(key)}", f"token={variable}"),
            *(
                Credential(f"query parameter {name}", query={name: key}, shell_query={name: variable})
                for name in ("api_key", "access_token", "key", "token")
            ),
            Credential(
                "query parameter authorization",
                query={"authorization": f"Bearer {key}"},
                shell_query={"authorization": f"Bearer {variable}"},
            ),
        ]
        return carriers

    def claims(self) -> list[Credential]:
        """Return headers in which a request claims an origin or a user, each alone and all together."""
        headers = {
            "X-Forwarded-For": "127.0.0.1",
            "X-Real-IP": "127.0.0.1",
            "Forwarded": "for=127.0.0.1;host=localhost",
            "X-Forwarded-Host": "localhost",
            "Origin": "http://localhost",
            "Referer": "http://localhost/",
            "X-Forwarded-User": "admin",
            "X-Remote-User": "admin",
            # It marks a preflight, which has no credential, only beside the method OPTIONS (Fetch, section 3.3.2).
            "Access-Control-Request-Method": "PUT",
        }
        alone = [header(f"{name}: {value} alone", name, value, value) for name, value in headers.items()]
        return [*alone, Credential("all claims of origin and user", headers, headers)]

    def foreign_carriers(self, kind: str) -> list[Credential]:
        """Return a foreign credential in the headers and cookies other than Authorization that may carry it.

        Each is sent alone, and together with the credential as a bearer token.
        """
        token = self.foreign(kind)
        value = token.headers["Authorization"].removeprefix("Bearer ")
        shell = token.shell["Authorization"].removeprefix("Bearer ")
        places = {
            "virtual_key": [("x-bf-vk", ""), ("x-api-key", "")],
            "session_token": [("Cookie", "token="), ("Cookie", "session=")],
        }
        alone = [
            header(f"{token.name} in {name}", name, f"{prefix}{value}", f"{prefix}{shell}", synthetic=token.synthetic)
            for name, prefix in places.get(kind, [])
        ]
        both = [
            replace(
                one,
                name=f"{one.name} and as a bearer token",
                headers={**token.headers, **one.headers},
                shell={**token.shell, **one.shell},
            )
            for one in alone
        ]
        return [*alone, *both]

    def credential_from(self, recipes: Sequence[Recipe]) -> Credential:
        """Return the credential of some recipes in different places. It is not the management key as a bearer token.

        Raises:
            ValueError: one of the recipes is the management key as a bearer token.
        """
        headers: dict[str, tuple[str, str]] = {}
        cookies: list[tuple[str, str]] = []
        query: dict[str, tuple[str, str]] = {}
        body: dict[str, str] = {}
        secrets: list[str] = []
        for recipe in recipes:
            token, place = self._rendered(recipe), recipe.place
            written = (f"{place.before}{token.value}", f"{place.before}{token.shell}")
            scheme, _, rest = _trimmed(written[0]).partition(" ")
            if recipe.is_authorization and scheme.lower() == "bearer" and _trimmed(rest) == _trimmed(self._key):
                raise ValueError("a recipe of the management key as a bearer token")
            match place.kind:
                case "header":
                    headers.setdefault(place.name, written)
                case "cookie":
                    cookies.append((f"{place.name}={quote(written[0])}", f"{place.name}={written[1]}"))
                case "query":
                    query.setdefault(place.name, written)
                case "body":
                    body.setdefault(place.name, written[0])
            secrets += [token.value] if token.discloses else []
        if cookies:
            headers["Cookie"] = "; ".join(sent for sent, _ in cookies), "; ".join(shown for _, shown in cookies)
        return Credential(
            " and ".join(recipe.describe() for recipe in recipes) or NONE.name,
            *_sent_and_shown(headers),
            *_sent_and_shown(query),
            body=body,
            secrets=tuple(secrets),
        )

    def _rendered(self, recipe: Recipe) -> RenderedToken:
        """Make the token of a recipe. A kind of credential of which the run has none is made up."""
        token = recipe.token
        if token.text is not None:
            return render(token, None)
        if token.source == MANAGEMENT_KEY:
            return render(token, Secret(self._key, KEY_VARIABLE))
        value, facts = self._foreign.get(token.source, ("", {}))
        if value:
            return render(token, Secret(value, facts["environment"]))
        return render(replace(token, text=facts.get("prefix", "") + self._made_up(token.source, 40)), None)

    def redactor(self, public: str) -> Redactor:
        """Return a redactor for every secret of this run and every credential derived from one.

        Args:
            public: text that is not secret; a part of a secret that occurs in it is not redacted.
        """
        made = [self.management, self.key_without_scheme(), *self.other_schemes(), *self.near_misses()]
        # The part after the scheme, or the whole value if there is no scheme. A value equal to its display form is not
        # secret.
        values = [
            (value.partition(" ")[2] if " " in value else value).strip()  # else it would match the blank before a key
            for credential in made
            for name, value in credential.headers.items()
            if value != credential.shell[name]
        ]
        short = len(self._key) < SHORTEST_SECRET
        pieces = [
            piece
            for piece in (self._key[:_SHOWN_PREFIX], *values)
            # A short key is redacted as a whole word, also within the values that contain it.
            if len(piece) >= SHORTEST_SECRET and piece not in public and not (short and self._key in piece)
        ]
        return Redactor([self._key, *pieces, *(value for value, _ in self._foreign.values())], public)


def _sent_and_shown(written: Mapping[str, tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return fields as they are sent, and as a command line shows them."""
    sent = {name: value for name, (value, _) in written.items()}
    return sent, {name: shell for name, (_, shell) in written.items()}


def _other(character: str) -> str:
    """Return another character that is valid in a token."""
    return "B" if character == "A" else "A"
