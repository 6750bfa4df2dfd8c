"""Credentials derived from the management key: none equals the key, and no report shows it."""

from __future__ import annotations

import json

import pytest
from governance_contract.target.credentials import Credential, Keyring
from governance_contract.target.redaction import Redactor
from hypothesis import example, given
from hypothesis import strategies as st

_SCHEME = {"x-key-format": {"prefix": "bfst-", "random_characters": 44}}
_ALPHABETS = (
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters=","),
    st.sampled_from("aA"),
    st.sampled_from("aB x"),
    st.sampled_from("0."),
)
_TAILS = st.one_of([st.text(alphabet, min_size=1, max_size=60) for alphabet in _ALPHABETS])
_BEGINNINGS = st.sampled_from(["", "", "bfst-", "Bearer", "Bearer ", "bearer x ", "null", '"'])
KEYS = st.builds(lambda beginning, tail: (beginning + tail).strip(), _BEGINNINGS, _TAILS).filter(bool)


def _keyring(key: str, seed: int = 1) -> Keyring:
    return Keyring({"GOVERNANCE_API_KEY": key}, _SCHEME, seed)


def _received(credential: Credential) -> tuple[str, str]:
    """Return the scheme and the token as a server reads them, without surrounding whitespace."""
    value = credential.headers.get("Authorization", "").strip(" \t")
    scheme, _, token = value.partition(" ")
    return scheme.lower(), token.strip(" \t")


@given(KEYS)
def test_near_misses_differ_from_the_key(key: str) -> None:
    near_misses = _keyring(key).near_misses()
    assert len(near_misses) >= 10
    for credential in near_misses:
        assert _received(credential) != ("bearer", key), credential.name


@given(KEYS, st.integers(0, 500))
def test_other_bad_credentials_differ_from_the_key(key: str, seed: int) -> None:
    keyring = _keyring(key, seed)
    others = [*keyring.unknown_keys(), *keyring.other_schemes(), keyring.key_without_scheme(), keyring.empty_token()]
    for credential in others:
        assert _received(credential) != ("bearer", key), credential.name


@pytest.mark.parametrize("key", ["k", "kk", "12345678", "null", "Bearer k", "a b", "bfst-a", "key...", "ß"])
def test_near_misses_of_unusual_keys(key: str) -> None:
    tokens = [_received(credential) for credential in _keyring(key).near_misses()]
    assert ("bearer", key) not in tokens
    assert ("bearer", "") in tokens


def test_a_long_key_is_split_after_its_displayed_prefix() -> None:
    key = "bfst-" + "abcdefgh" * 5
    tokens = [_received(credential)[1] for credential in _keyring(key).near_misses()]
    assert f"{key[:8]} {key[8:]}" in tokens
    assert "12345 67890" not in tokens


@given(KEYS)
@example("0 0 0")  # a near miss is a blank and the end of the key
@example('"')  # in quotation marks, it stands there several times
@example('""')
@example('"""')
def test_every_spelling_of_the_key_is_redacted(key: str) -> None:
    redact = _keyring(key).redactor("")
    assert redact(key) == "[redacted]"
    quoted = f'"{key}"'
    assert redact(quoted) in (quoted.replace(key, "[redacted]"), "[redacted]")
    assert redact(f"see {key}!") == "see [redacted]!"


def test_a_learned_part_of_a_key_does_not_show_the_rest() -> None:
    key = "bfst-k3Vn7WsEd5Rt9PqLm2Xc8Zb4Ja6Hg1Fy0Tu"
    redact = Redactor([key])
    redact.learn([key[:20], key[20:]])
    assert redact(f"<{key}> and <{key[:20]}>") == "<[redacted]> and <[redacted]>"


@pytest.mark.parametrize("shortened", ["{}", "status 400 ({})", "to '{}'", '{{"message": "{}"}}', "{}... (900 bytes)"])
def test_a_key_in_a_shortened_text_is_redacted(shortened: str) -> None:
    key = "bfst-Zx81kQpLm20RtYbVn7WsEd5cUj3HgFa9oIq4TzXe"
    redact, text = _keyring(key).redactor("https://mock.example"), f"the token {key} is rejected"
    for length in range(len(text)):
        shown = redact(shortened.format(text[:length]))
        assert key[:8] not in shown
        assert key[8:12] not in shown


def test_a_text_that_begins_like_a_key_is_shown() -> None:
    redact = Redactor(["business-units-key"], public="/api/governance/business-units")
    for text in ("business-units", "(business-units)", "business-units/1"):
        assert redact(text) == text


def test_a_key_in_json_is_redacted() -> None:
    key = 'management"key\\with-escapes'
    assert _keyring(key).redactor("")(json.dumps({"token": key})) == '{"token": "[redacted]"}'


@given(KEYS, st.text("ab", max_size=60), st.text("ab", max_size=90), st.integers(0, 90))
def test_a_text_is_shortened_without_splitting_a_key(key: str, before: str, after: str, length: int) -> None:
    redact = _keyring(key).redactor("")
    text = before + key + after
    shown = redact.beginning(text, length)
    assert redact(text).startswith(shown)
    assert len(shown) <= length
    assert redact.beginning(text, len(text) + 100) == redact(text)


@pytest.mark.parametrize("key", ["7", "ab", "abc"])
def test_a_short_key_is_redacted_only_as_a_whole_word(key: str) -> None:
    redact = _keyring(key).redactor("")
    assert redact(f"Bearer {key}") == "Bearer [redacted]"
    assert redact(f'"{key}", {key}...') == '"[redacted]", [redacted]...'
    whole = f"x{key}x and 1{key}"
    assert redact(whole) == whole
