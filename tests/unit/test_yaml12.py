"""The loaders of the mock and of the checks read YAML with the core schema of YAML 1.2."""

from __future__ import annotations

from typing import Any

import pytest
from governance_contract.contract import yaml12 as of_the_checks

from mock_server.contract import yaml12 as of_the_mock

_BOTH = pytest.mark.parametrize("yaml12", [of_the_mock, of_the_checks], ids=["mock", "checks"])
_SCALARS: list[tuple[str, Any]] = [
    ("No", "No"),
    ("on", "on"),
    ("y", "y"),
    ("true", True),
    ("FALSE", False),
    ("~", None),
    ("Null", None),
    ("", None),
    ("2026-06-17", "2026-06-17"),
    ("2026-06-17T09:30:00Z", "2026-06-17T09:30:00Z"),
    ("12:30", "12:30"),
    ("010", 10),
    ("0o17", 15),
    ("0x1F", 31),
    ("-9223372036854775808", -(2**63)),
    ("1_000", "1_000"),
    ("1e3", 1000.0),
    ("-1.7976931348623157e+308", -1.7976931348623157e308),
    (".5", 0.5),
    ("'1'", "1"),
    ("!!str 1", "1"),
    ("=", "="),
]


@_BOTH
@pytest.mark.parametrize(("text", "value"), _SCALARS, ids=[text or "empty" for text, _ in _SCALARS])
def test_scalars(yaml12: Any, text: str, value: Any) -> None:
    found = yaml12.load(f"a: {text}\n".encode())["a"]
    assert (found, type(found)) == (value, type(value))


@_BOTH
def test_keys_are_text(yaml12: Any) -> None:
    assert yaml12.load(b"{200: a, null: b, on: c, <<: d}") == {"200": "a", "null": "b", "on": "c", "<<": "d"}


@_BOTH
def test_an_alias_is_the_same_value(yaml12: Any) -> None:
    assert yaml12.load(b"a: &x {b: [1]}\nc: *x\n") == {"a": {"b": [1]}, "c": {"b": [1]}}


@_BOTH
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "duplicate key 'c', line 4, column 3"),
        ('{"a": 1, "a": 2}', "duplicate key 'a', line 1, column 10"),
        ("200: a\n'200': b\n", "duplicate key '200', line 2, column 1"),
        ("a: !!timestamp 2026-06-17\n", "unknown tag 'tag:yaml.org,2002:timestamp', line 1, column 4"),
        ("!!python/object:os.system {}", "line 1, column 1"),
        ("? [a]\n: 1\n", "a key that is not text, line 1, column 3"),
        ("a: -.inf", "-.inf is not a number of JSON, line 1, column 4"),
        ("a: [", "line 2, column 1"),
        ("a: 1\n--- \nb: 2\n", "line 2, column 1"),
        ("\x00", "control characters are not allowed"),
        ("[" * 100_000, ""),
    ],
)
def test_what_is_not_yaml_is_refused_in_one_line(yaml12: Any, text: str, reason: str) -> None:
    with pytest.raises(yaml12.YamlError) as caught:
        yaml12.load(text.encode())
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
