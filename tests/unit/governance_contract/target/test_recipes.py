"""Credentials made from recipes: none is the management key as a bearer token, and no output shows one."""

from __future__ import annotations

import json
import os
import subprocess
from urllib.parse import quote, urlencode

import pytest
from governance_contract.checks.inputs.foreign_credentials import Recipes, attempts, near_misses, rule_of
from governance_contract.target.credentials import Credential, Keyring
from governance_contract.target.recipes import MANAGEMENT_KEY, Edit, Place, Recipe, Token, render
from hypothesis import assume, given, settings
from hypothesis import strategies as st

_FEW = settings(max_examples=50)
_KEY = "bfst-Zx81kQpLm20RtYbVn7WsEd5cUj3HgFa9oIq4TzXe"
_VIRTUAL_KEY = "sk-bf-5f1f0c1e-7f55-4b39-93a4-0d9b5a2a7c11"
_SCHEME = {
    "x-key-format": {"prefix": "bfst-", "random_characters": 44},
    "x-refused-credentials": {"virtual_key": {"environment": "GOVERNANCE_VIRTUAL_KEY", "prefix": "sk-bf-"}},
}
_TAILS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","), min_size=8, max_size=50)
KEYS = st.just(_KEY) | st.builds(str.__add__, st.sampled_from(["", "bfst-"]), _TAILS)
CREDENTIALS = st.builds(lambda one, family: one.credentials[family], attempts(), st.integers(0, 8))
_BEARER = Place("header", "Authorization", "Bearer ")


def _keyring(key: str = _KEY) -> Keyring:
    return Keyring({"GOVERNANCE_API_KEY": key, "GOVERNANCE_VIRTUAL_KEY": _VIRTUAL_KEY}, _SCHEME, 1)


def _received(credential: Credential) -> tuple[str, str]:
    """Return the scheme and the token as a server reads them, without surrounding whitespace."""
    scheme, _, token = credential.headers.get("Authorization", "").strip(" \t").partition(" ")
    return scheme.lower(), token.strip(" \t")


@_FEW
@given(KEYS, CREDENTIALS)
def test_no_credential_is_the_management_key_as_a_bearer_token(key: str, recipes: Recipes) -> None:
    credential = _keyring(key).credential_from(recipes)
    assert _received(credential) != ("bearer", key)
    for name, value in {**credential.headers, **credential.query}.items():
        assert not any(ord(character) < 32 for character in name + value)


@pytest.mark.parametrize("place", [_BEARER, Place("header", "Authorization", "bEARER  ")])
def test_the_management_key_as_a_bearer_token_is_no_recipe(place: Place) -> None:
    with pytest.raises(ValueError, match="the management key as a bearer token"):
        _keyring().credential_from([Recipe(Token(MANAGEMENT_KEY), place)])


@_FEW
@given(KEYS, CREDENTIALS)
def test_every_output_is_redacted(key: str, recipes: Recipes) -> None:
    keyring = _keyring(key)
    credential = keyring.credential_from(recipes)
    redact = keyring.redactor("")
    redact.learn(credential.secrets)
    for secret in (*credential.secrets, key, _VIRTUAL_KEY):
        for text in (secret, json.dumps(secret), quote(secret, safe=""), urlencode({"q": secret}), f"<{secret}>"):
            assert secret not in redact(text)
            assert "[redacted]" in redact(text)
        assert "[redacted]" in redact(secret.encode().decode("latin-1"))


@_FEW
@given(KEYS, CREDENTIALS)
def test_the_form_for_a_command_line_and_the_name_disclose_nothing(key: str, recipes: Recipes) -> None:
    assume(all(key not in recipe.place.name for recipe in recipes))  # a generated name may be the key by chance
    credential = _keyring(key).credential_from(recipes)
    for shown in (*credential.shell.values(), *credential.shell_query.values(), credential.name):
        for secret in (*credential.secrets, key, _VIRTUAL_KEY):
            assert secret not in shown


@settings(max_examples=25)
@given(near_misses())
def test_the_form_for_a_command_line_makes_the_same_token(recipe: Recipe) -> None:
    credential = _keyring().credential_from([recipe])
    command = f'printf %s "{credential.shell["Authorization"]}"'
    environment = {**os.environ, "GOVERNANCE_API_KEY": _KEY, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["/bin/bash", "-c", command], env=environment, capture_output=True, check=True)
    assert done.stdout.decode() == credential.headers["Authorization"]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (Edit("insert", 2, text="x"), "abxcd"),
        (Edit("insert", -1, text="x"), "abcdx"),
        (Edit("insert", 99, text=" "), "abcd x"),  # HTTP trims the blank, so the edit alone makes no difference
        (Edit("delete", -2), "abc"),
        (Edit("replace", 1, 2, "x"), "axd"),
        (Edit("swap", 0), "bacd"),
        (Edit("repeat", 0, 99), "abcdabcd"),
        (Edit("case", 1, 2), "aBCd"),
        (Edit("percent", 0), "%61bcd"),
        (Edit("separator", 0, 99), "abcdx"),
    ],
    ids=lambda value: value.kind if isinstance(value, Edit) else value,
)
def test_edits(edit: Edit, expected: str) -> None:
    keyring = Keyring({"GOVERNANCE_API_KEY": "abcd"}, _SCHEME, 1)
    assert _received(keyring.credential_from([Recipe(Token(MANAGEMENT_KEY, edits=(edit,)), _BEARER)]))[1] == expected


def test_a_token_that_is_made_up_has_no_secret() -> None:
    assert render(Token("virtual_key", text="sk-bf-1"), None).discloses is False
    assert _keyring().credential_from([Recipe(Token("user_token"), _BEARER)]).secrets == ()


@pytest.mark.parametrize(
    ("recipes", "rule"),
    [
        ([], "AUTH-01"),
        ([Recipe(Token("", text="bfst-1"), _BEARER)], "AUTH-02"),
        ([Recipe(Token(MANAGEMENT_KEY), Place("header", "Authorization", "Token "))], "AUTH-03"),
        ([Recipe(Token(MANAGEMENT_KEY), Place("header", "Authorization"))], "AUTH-04"),
        ([Recipe(Token("session_token"), Place("cookie", "token"))], "AUTH-08"),
        ([Recipe(Token(MANAGEMENT_KEY), Place("header", "x-api-key"))], "AUTH-09"),
        (
            [Recipe(Token("virtual_key"), _BEARER), Recipe(Token(MANAGEMENT_KEY), Place("header", "x-api-key"))],
            "AUTH-10",
        ),
        ([Recipe(Token(MANAGEMENT_KEY, edits=(Edit("case"),)), _BEARER)], "AUTH-11"),
        ([Recipe(Token("", text=""), _BEARER), Recipe(Token(MANAGEMENT_KEY), Place("query", "key"))], "AUTH-12"),
    ],
)
def test_the_rule_of_a_credential(recipes: list[Recipe], rule: str) -> None:
    assert rule_of(recipes) == rule
