"""Hypothesis strategies of texts in names and identifiers, weighted towards those that implementations get wrong."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable

from hypothesis import strategies as st

from ...contract.document import Contract

_LONGEST_NAME = 255
# Latin-1 to Armenian. Every version of Unicode that is in use knows the case of these letters.
_FIRST_CASED, _LAST_CASED = 0xC0, 0x587
_LAST_OF_BMP = 0xFFFF
_CASED = st.characters(min_codepoint=_FIRST_CASED, max_codepoint=_LAST_CASED, categories=["Lu", "Ll"])
_LETTERS = "aBcDeFxyz019ACEbdfgGXYZ8"
_PUNCTUATION = ";&=#,:@!~'\"`/<>-"
_BLANKS = ("  ", "   ", " \u00a0", "\u3000", " - ")
# Signs with a meaning in LIKE, in globs or in regular expressions.
_PATTERNS = "%_*?.+[]{}()^$|\\"
# Invisible characters: a soft hyphen, joiners, a variation selector and marks of direction.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufe0f\ufeff"
# Texts that a layer may read as SQL, an escape, an entity, a template or a constant.
_READ_OTHERWISE = (
    *("'; --", "' OR '1'='1", "%00", "%2e%2e", "%C3%BC", "&amp;", "<b>", "\\u0041", "\\n", "a+b", "+1", "x;y=z"),
    *("null", "true", "NaN", "1e3", "${x}", "{{7*7}}", "$1", "#1", "50%", "R&D", "O'Neill", "C:\\", "//", "a,b"),
)


# -- texts ------------------------------------------------------------------------------------------------------------


def plain_texts() -> st.SearchStrategy[str]:
    """Return one to three words of ASCII letters and digits."""
    word = st.text(st.sampled_from(_LETTERS), min_size=1, max_size=6)
    return st.lists(word, min_size=1, max_size=3).map(" ".join)


def three_words() -> st.SearchStrategy[str]:
    """Return three words of different ASCII letters."""
    words = st.permutations("abcdefghijklmnopqrstuvwxyz").map(lambda chosen: "".join(chosen[:12]))
    return words.map(lambda chosen: f"{chosen[:4]} {chosen[4:8]} {chosen[8:]}")


def plain_punctuation() -> st.SearchStrategy[str]:
    """Return texts with many punctuation characters, none of which has a meaning in patterns."""
    return st.text(st.sampled_from(_LETTERS[:8] + _PUNCTUATION), min_size=10, max_size=30)


def pattern_punctuation() -> st.SearchStrategy[str]:
    """Return texts with many punctuation characters that have a meaning in patterns."""
    return st.text(st.sampled_from(_LETTERS[:4] + _PATTERNS), min_size=6, max_size=20)


def cased_letters() -> st.SearchStrategy[str]:
    """Return texts of letters beyond ASCII that have upper and lower case."""
    return st.text(_CASED, min_size=4, max_size=10)


def letters() -> st.SearchStrategy[str]:
    """Return texts of letters beyond ASCII, half of them of any script."""
    any_letter = st.characters(min_codepoint=_FIRST_CASED, max_codepoint=_LAST_OF_BMP, categories=["L"])
    return st.text(_CASED | any_letter, min_size=1, max_size=6)


def decomposed_letters() -> st.SearchStrategy[str]:
    """Return texts of letters with combining marks, most of which Unicode would compose."""
    letter = st.builds(str.__add__, st.sampled_from("aeoucnAEOUCN"), st.sampled_from("\u0301\u0308\u030c\u0300"))
    return st.lists(letter, min_size=1, max_size=4).map("".join)


def texts(longest: int) -> st.SearchStrategy[str]:
    """Return texts of pieces of several kinds, without control characters. Some are long.

    Args:
        longest: the number of characters of the longest texts.
    """
    any_character = st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"])
    piece = st.one_of(
        plain_texts(),
        letters(),
        decomposed_letters(),
        st.text(st.characters(min_codepoint=_LAST_OF_BMP + 1, categories=["L", "So"]), min_size=1, max_size=3),
        st.text(st.sampled_from(_PUNCTUATION + _PATTERNS), min_size=1, max_size=8),
        st.sampled_from(_READ_OTHERWISE),
        st.sampled_from(_BLANKS),
        st.text(st.sampled_from(_INVISIBLE), min_size=1, max_size=2),
        st.text(any_character, min_size=1, max_size=6),
    )
    short = st.lists(piece, min_size=1, max_size=5).map("".join)
    repeated = st.sampled_from([1] * 8 + [9, longest])
    return st.builds(lambda text, times: (text * times)[:longest], short, repeated)


def one_character() -> st.SearchStrategy[str]:
    """Return single characters: one with a meaning in patterns, control characters, or any other."""
    return (
        st.sampled_from("%_*?.\\")
        | st.sampled_from(_PATTERNS + _PUNCTUATION + " ")
        | st.characters(exclude_categories=["Cs"])
    )


def longest_name(contract: Contract) -> int:
    """Return the number of characters that a name may have, or a usual number if the contract sets none."""
    return contract.longest_name or _LONGEST_NAME


# -- properties of texts ----------------------------------------------------------------------------------------------


def has_only_letters(text: str) -> bool:
    """Whether a text has letters beyond ASCII and else only ASCII letters, digits, single blanks and hyphens.

    Texts that Unicode would compose and letters beyond the basic multilingual plane do not count.
    """
    return (
        not text.isascii()
        and all(c in " -" or c.isdigit() or (c <= "\uffff" and unicodedata.category(c)[0] in "LM") for c in text)
        and "  " not in text
        and unicodedata.normalize("NFC", text) == text
    )


def is_plain(text: str) -> bool:
    """Whether a text has only printable ASCII characters that are not wildcards, quantifiers or escapes."""
    return text.isascii() and text.isprintable() and not set(text) & set(_PATTERNS)


def ascii_folded(text: str) -> str:
    """Return a text with its ASCII letters in lower case."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def case_folded(text: str) -> str:
    """Return a text in lower case, as far as the case of a letter is beyond doubt."""
    return "".join(_pair(c)[0] for c in text)


def in_other_case(text: str) -> str:
    """Return a text with the other case of each letter whose case is beyond doubt."""
    return "".join(pair[c == pair[0]] for c in text for pair in [_pair(c)])


def _pair(character: str) -> tuple[str, str]:
    """Return the lower and the upper case of a letter; the letter itself twice if they are in doubt.

    A letter such as `ß` has no pair: its upper case has two letters. Others share their upper case with a letter.
    """
    lower, upper = character.lower(), character.upper()
    certain = ord(character) <= _LAST_CASED and len(lower) == len(upper) == 1
    return (lower, upper) if certain and (lower.upper(), upper.lower()) == (upper, lower) else (character, character)


# -- JSON -------------------------------------------------------------------------------------------------------------


def _escaped_throughout(text: str) -> str:
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


JSON_STRINGS: tuple[Callable[[str], str], ...] = (
    lambda text: json.dumps(text, ensure_ascii=False),
    lambda text: json.dumps(text),
    lambda text: f'"{_escaped_throughout(text)}"',
)
"""The ways to write a text in JSON: as it is, with all non-ASCII characters escaped, or with all of them escaped."""
