"""Hypothesis strategies of credentials that are not a management key, as recipes, and the rule that refuses each.

A request carries several credentials at once only if none of them is the management key as a bearer token: what a
target does then is left open, except for AUTH-23.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st

from ...target.credentials import key_format
from ...target.recipes import MANAGEMENT_KEY, Edit, Place, Recipe, Token
from .sample_settings import SECURITY_SCHEME
from .unusual_requests import ACCEPT_ANYTHING, EQUIVALENT_MEDIA_TYPES

Recipes = tuple[Recipe, ...]
_T = TypeVar("_T")

RULES_OF_KINDS = {
    "virtual_key": "AUTH-05",
    "dashboard_token": "AUTH-06",
    "user_token": "AUTH-07",
    "session_token": "AUTH-08",
}
"""By kind of foreign credential, the rule that it is refused."""
_AUTHORIZATION = "Authorization"
_KEY_PREFIX = "the prefix of keys"
"""Stands for the prefix of management keys in the contract in use, which is known when the inputs are drawn."""
# The characters of a token (RFC 9110 section 5.6.2), without those that a shell expands.
_CHARACTERS = string.ascii_letters + string.digits + "!#%&'*+-.^_|~"
_WORDS = st.text(st.sampled_from(string.ascii_letters), min_size=1, max_size=8)
_ALL = 10_000  # characters: longer than any key
_BASIC = Recipe(Token("", text="admin:secret", encoding="base64"), Place("header", _AUTHORIZATION, "Basic "))
KEY_IN_API_KEY_HEADER: Recipes = (Recipe(Token(MANAGEMENT_KEY), Place("header", "x-api-key")),)
"""A management key in the header `x-api-key`, which must be refused. It is sent with every attempt."""
SAME_ORIGIN = "the origin of the target"
"""Stands for the target's own origin in a header field, as a browser sends it from a page of the target."""
_HEADERS: dict[str, st.SearchStrategy[str]] = {
    "Content-Type": st.sampled_from([EQUIVALENT_MEDIA_TYPES[0], "application/json;v=1"]),
    "Accept": st.sampled_from([ACCEPT_ANYTHING, "application/json;q=0.5"]),
    "X-Request-Id": _WORDS,
    "Origin": st.just(SAME_ORIGIN),
    "Referer": st.just(SAME_ORIGIN),
    "X-Requested-With": st.just("XMLHttpRequest"),
    "Sec-Fetch-Site": st.sampled_from(["same-origin", "none"]),
    "User-Agent": st.sampled_from(["Mozilla/5.0", "curl/8.5.0", "kube-probe/1.30"]),
}


@dataclass(frozen=True)
class Attempt:
    """A request with each of several credentials in turn."""

    credentials: tuple[Recipes, ...]
    has_body_of_case: bool
    """Whether the body is the generated one, rather than one that changes the unit."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Header fields that have nothing to do with credentials."""
    claims: Mapping[str, str] = field(default_factory=dict)
    """Header fields that claim an origin or a user. They are sent with one of the requests, without a credential."""
    unknown_unit: bool = False
    """Whether the requests address a unit that does not exist."""


def attempts() -> st.SearchStrategy[Attempt]:
    """Return requests with credentials of each family: foreign, near misses, misplaced keys, and two at once."""
    return st.builds(
        Attempt,
        credentials=st.tuples(
            *(_alone(foreign_tokens(kind)) for kind in RULES_OF_KINDS),
            _alone(near_misses()),
            _alone(near_misses() | unknown_keys()),
            _alone(misplaced_keys()),
            _alone(misplaced_keys()),
            pairs(),
            pairs(),
        ),
        has_body_of_case=st.sampled_from([False, False, True]),
        headers=st.fixed_dictionaries({}, optional=_HEADERS),
        claims=_claims(),
        unknown_unit=st.integers(0, 3).map(lambda number: number == 3),
    )


def rule_of(recipes: Sequence[Recipe]) -> str:
    """Return the rule that requires the refusal of credentials that are sent together."""
    rules = [_rule_of_one(recipe) for recipe in recipes]
    api_key = [recipe for recipe in recipes if _is_whole_key(recipe.token) and recipe.place.name == "x-api-key"]
    if api_key:
        return "AUTH-10" if any(recipe.is_authorization for recipe in recipes) else "AUTH-09"
    # A misplaced key is the likeliest reason why one of several credentials is accepted.
    order = ("AUTH-12", "AUTH-03", "AUTH-04", *RULES_OF_KINDS.values(), "AUTH-11", "AUTH-02")
    return next((rule for rule in order if rule in rules), "AUTH-01")


def _rule_of_one(recipe: Recipe) -> str:
    token, place = recipe.token, recipe.place
    if token.source in RULES_OF_KINDS:
        return RULES_OF_KINDS[token.source]
    if token.source != MANAGEMENT_KEY:
        return "AUTH-02"
    if not _is_whole_key(token):
        return "AUTH-11"
    if recipe.is_authorization:
        return "AUTH-03" if place.before else "AUTH-04"
    return "AUTH-12"


def _is_whole_key(token: Token) -> bool:
    return token.source == MANAGEMENT_KEY and not token.edits and token.encoding != "base64"


def _alone(recipes: st.SearchStrategy[Recipe]) -> st.SearchStrategy[Recipes]:
    return recipes.map(lambda recipe: (recipe,))


# -- places -----------------------------------------------------------------------------------------------------------


def weighted(*choices: tuple[int, st.SearchStrategy[_T]]) -> st.SearchStrategy[_T]:
    """Return a choice of strategies, each with its weight."""
    repeated = [strategy for weight, strategy in choices for _ in range(weight)]
    return st.sampled_from(repeated).flatmap(lambda strategy: strategy)


def _bearer() -> st.SearchStrategy[Place]:
    """Return the place of bearer tokens. The scheme is case-insensitive (RFC 9110 section 11.1)."""
    schemes = st.sampled_from(["Bearer ", "Bearer ", "bearer ", "BEARER ", "Bearer  "])
    return schemes.map(lambda scheme: Place("header", _AUTHORIZATION, scheme))


def _other_schemes() -> st.SearchStrategy[str]:
    """Return schemes other than Bearer, and parts of it."""
    near = st.one_of(
        st.integers(1, 5).map(lambda length: "Bearer"[:length]),
        st.integers(1, 5).map(lambda at: "Bearer"[at:]),
        _WORDS.map(lambda word: f"Bearer{word}"),
        _WORDS.map(lambda word: f"{word}Bearer"),
    )
    return weighted(
        (3, st.just("Basic")),
        (3, st.sampled_from(["Token", "ApiKey", "Digest", "Negotiate", "HOBA", "AWS4-HMAC-SHA256", "Api-Key"])),
        (2, near),
        (2, st.text(st.sampled_from(_CHARACTERS), min_size=1, max_size=12)),
    ).filter(lambda scheme: scheme.lower() != "bearer")


def _in_authorization() -> st.SearchStrategy[Place]:
    """Return the Authorization header with another scheme, or with none."""
    before = weighted((3, _other_schemes().map(lambda scheme: f"{scheme} ")), (1, st.just("")))
    return before.map(lambda text: Place("header", _AUTHORIZATION, text))


def _elsewhere() -> st.SearchStrategy[Place]:
    """Return places other than the Authorization header."""
    fields = (
        "api-key",
        "apikey",
        "x-goog-api-key",
        "x-bf-vk",
        "X-Auth-Token",
        "X-Access-Token",
        "X-Bifrost-Temp-Token",
    )
    like_authorization = ("Proxy-Authorization", "X-Authorization", "Authentication", "X-Forwarded-Authorization")
    names = st.sampled_from(["token", "token", "access_token", "api_key", "apikey", "key", "auth", "session"])
    made_up = _WORDS.map(lambda word: f"my_{word}")  # never the name of a parameter or a member of the contract
    name = weighted((4, names), (1, made_up))
    header = weighted((4, st.just("x-api-key")), (2, st.sampled_from(fields)), (1, _WORDS.map("X-{}".format)))
    before = weighted((5, st.just("")), (1, st.just("Bearer ")))
    after_scheme = weighted((1, st.just("")), (3, st.just("Bearer ")))
    return weighted(
        (3, st.builds(Place, st.just("header"), header, before)),
        (2, st.builds(Place, st.just("header"), st.sampled_from(like_authorization), after_scheme)),
        (3, st.builds(Place, st.just("query"), name, before)),
        (3, st.builds(Place, st.just("cookie"), name, before)),
        (2, st.builds(Place, st.just("body"), name, before)),
    )


# -- credentials ------------------------------------------------------------------------------------------------------


def foreign_tokens(kind: str) -> st.SearchStrategy[Recipe]:
    """Return credentials of a kind that must be refused, anywhere: that of the user, or sometimes a made-up one."""
    return st.builds(Recipe, _foreign(kind), weighted((4, _bearer()), (3, _elsewhere()), (1, _in_authorization())))


def _foreign(*kinds: str) -> st.SearchStrategy[Token]:
    """Return credentials of the user, or made up in a documented format; of any kind if none is given."""
    any_of = st.sampled_from(kinds or tuple(RULES_OF_KINDS))
    return weighted((4, any_of.map(Token)), (1, st.builds(_made_up, any_of, st.integers(0, 2**32))))


def _made_up(kind: str, number: int) -> Token:
    digits = hashlib.sha256(f"{kind} {number}".encode()).hexdigest()
    uuid = "-".join((digits[:8], digits[8:12], f"4{digits[13:16]}", f"8{digits[17:20]}", digits[20:32]))
    jwt = f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.{digits[:43]}"
    prefix = _prefix_of_kind(kind)
    forms = {
        "virtual_key": (f"{prefix}{uuid}", f"{prefix.upper()}{uuid}", prefix, f"{prefix}{digits}"),
        "dashboard_token": (jwt, uuid),
        "user_token": (jwt, f"usr_{digits[:20]}"),
        "session_token": (uuid, digits, jwt),
    }[kind]
    return Token(kind, text=forms[number % len(forms)])


def _prefix_of_kind(kind: str) -> str:
    """Return the prefix of a kind of foreign credential in the contract in use; empty if it has none."""
    facts = SECURITY_SCHEME.get("x-refused-credentials", {}).get(kind, {})
    return str(facts.get("prefix", ""))


def _made_up_key(number: int) -> str:
    prefix, length = key_format(SECURITY_SCHEME)
    return f"{prefix}{hashlib.sha256(str(number).encode()).hexdigest()[:length]}"


def unknown_keys() -> st.SearchStrategy[Recipe]:
    """Return bearer tokens that were never issued: in the documented form of a key, common words, and any text."""
    documented = st.integers(0, 2**32).map(_made_up_key)
    known = ["", "", "null", "undefined", "admin", "true", "0", "*", _KEY_PREFIX, "-", "None", "token"]
    words = st.sampled_from(known).map(lambda word: key_format(SECURITY_SCHEME)[0] if word == _KEY_PREFIX else word)
    text = st.text(st.sampled_from(_CHARACTERS), max_size=20)
    tokens = weighted((2, documented), (2, words), (1, text)).map(lambda text: Token("", text=text))
    return st.builds(Recipe, tokens, _bearer())


def near_misses() -> st.SearchStrategy[Recipe]:
    """Return bearer tokens made from the management key by every kind of edit that survives HTTP's trimming."""
    once = _edits().map(lambda edit: (edit,))
    twice = st.tuples(_edits(), _edits())
    edited = weighted((4, once), (1, twice)).map(lambda edits: Token(MANAGEMENT_KEY, edits=edits))
    encoded = st.just(Token(MANAGEMENT_KEY, encoding="base64"))
    return st.builds(Recipe, weighted((19, edited), (1, encoded)), _bearer())


def _edits() -> st.SearchStrategy[Edit]:
    """Return edits, most of them at a place where comparisons go wrong: the ends, and the end of the public prefix."""
    positions = st.sampled_from([0, -1, -2, 4, 5, 8]) | st.integers(-60, 60)
    lengths = st.sampled_from([1, 1, 4, 8, _ALL])
    separators = st.sampled_from([*" ;,:=.?&/", "%00", "Bearer ", "\u0301", "\u200b", "é"])
    text = st.text(st.sampled_from(_CHARACTERS), min_size=1, max_size=3)
    changes: st.SearchStrategy[Any] = st.sampled_from(["case", "separator", "percent", "wide", "look-alike"])
    framed = weighted((2, separators), (3, st.builds(str.__add__, separators, text)), (1, text))
    return weighted(
        (4, st.builds(Edit, st.just("insert"), st.sampled_from([-1, -1, 0]), text=framed)),
        (2, st.builds(Edit, st.just("insert"), positions, text=separators | text)),
        (3, st.builds(Edit, st.just("delete"), positions, lengths)),
        (3, st.builds(Edit, st.just("replace"), positions, text=st.sampled_from(_CHARACTERS))),
        (1, st.builds(Edit, st.just("replace"), positions, lengths, text)),
        (1, st.builds(Edit, st.just("swap"), positions)),
        (2, st.builds(Edit, st.just("repeat"), positions, lengths) | st.just(Edit("repeat", length=_ALL))),
        (4, st.builds(Edit, changes, st.just(0), st.sampled_from([4, 5, _ALL]))),
        (2, st.builds(Edit, changes, positions, lengths)),
    )


def misplaced_keys() -> st.SearchStrategy[Recipe]:
    """Return the management key in a place other than a bearer token."""
    basic = st.builds(
        Recipe,
        st.builds(Token, st.just(MANAGEMENT_KEY), encoding=st.sampled_from(["user", "password"])),
        st.just(Place("header", _AUTHORIZATION, "Basic ")),
    )
    return weighted(
        (4, _keys_in(_elsewhere())), (2, _keys_in(_in_authorization())), (2, _keys_in(_nearly_bearer())), (1, basic)
    )


def _nearly_bearer() -> st.SearchStrategy[Place]:
    """Return the Authorization header with a wrong separator, a parameter or another credential before the key."""
    scheme = st.sampled_from(["Bearer", "Bearer", "bearer", "BEARER"])
    separator = st.sampled_from([*":=,;_/.+-|", "%20", ": ", " = ", ", ", '="'])
    parameter = st.sampled_from(["token", "key", "access_token", "credential"]) | _WORDS
    value = _WORDS | st.builds('{}="{}"'.format, _WORDS, _WORDS)
    other = st.builds("{} {}".format, _other_schemes() | st.just("Bearer"), value)
    before = st.one_of(
        st.builds("{}{}".format, scheme, separator),
        st.builds("{} {}=".format, scheme, parameter),
        st.builds("{}{}{} ".format, other, st.sampled_from([", ", ",", " ", "; "]), scheme),
    )
    return before.map(lambda text: Place("header", _AUTHORIZATION, text))


def _keys_in(places: st.SearchStrategy[Place]) -> st.SearchStrategy[Recipe]:
    return st.builds(Recipe, st.just(Token(MANAGEMENT_KEY)), places)


def pairs() -> st.SearchStrategy[Recipes]:
    """Return a bad credential in Authorization, and the key, a foreign credential or the same one elsewhere."""
    same = st.builds(
        lambda token, one, other: (Recipe(token, one), Recipe(token, other)), _foreign(), _bearer(), _elsewhere()
    )
    return weighted((3, st.tuples(_bad_authorization(), _beside_authorization())), (1, same))


def crowds() -> st.SearchStrategy[Recipes]:
    """Return several credentials outside Authorization, half of the time with a bad one in it.

    A target that accepts one of them wherever it finds it shows this with few requests.
    """
    crowd = st.lists(_beside_authorization(), min_size=6, max_size=14).map(tuple)
    first = weighted((1, st.just(_BASIC)), (2, _bad_authorization()))
    return crowd | st.builds(lambda first, others: (first, *others), first, crowd)


def _bad_authorization() -> st.SearchStrategy[Recipe]:
    return weighted(
        (4, st.builds(Recipe, _foreign(), _bearer())),
        (2, unknown_keys()),
        (1, near_misses()),
        (1, st.just(_BASIC)),
        (1, st.builds(Recipe, _foreign(), _in_authorization())),
        (2, _keys_in(_in_authorization())),
    )


def _beside_authorization() -> st.SearchStrategy[Recipe]:
    return weighted((2, _keys_in(_elsewhere())), (1, st.builds(Recipe, _foreign(), _elsewhere())))


def _claims() -> st.SearchStrategy[dict[str, str]]:
    """Return at most one header field that claims an origin or a user."""
    known = st.sampled_from(["127.0.0.1", "127.0.0.1", "::1", "localhost", "10.0.0.1"])
    addresses = known | st.ip_addresses(v=4, network="127.0.0.0/8").map(str)
    users = st.sampled_from(["admin", "root", "system"]) | _WORDS
    address = st.tuples(
        st.sampled_from(["X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP", "X-Originating-IP"]),
        addresses,
    )
    user = st.tuples(
        st.sampled_from(["X-Forwarded-User", "X-Remote-User", "X-User", "X-User-Id", "X-Authenticated-User", "X-Role"]),
        users,
    )
    internal = st.tuples(
        st.sampled_from(["X-Internal", "X-Internal-Request", "X-Admin", "X-Debug"]), st.sampled_from(["true", "1"])
    )
    return st.one_of(address, user, internal).map(lambda claim: dict([claim]))
