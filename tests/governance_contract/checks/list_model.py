"""What a list of business units must show: a plain model of names, search and pages."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hypothesis import strategies as st

from ..contract.document import Contract
from ..contract.operation_ids import LIST_UNITS
from ..contract.pages import FIRST_PAGE, Bounds
from ..target.exchange import Exchange
from .inputs.texts import ascii_folded, case_folded, in_other_case, is_plain, longest_name, one_character, texts
from .violation import Violation, still_present, wrong_status, wrong_value

_SKIPPED = 3
"""The number of characters that a search leaves out at the beginning of a name."""
_FEWEST_WORDS = 3
_EXACT = 2**53
"""Beyond this number, a target that uses doubles may state a page that differs in the last digits."""

# Among them the digits one of Arabic and of full width.
_NEARLY_NUMBERS = ("", " ", "01", "+1", "1 ", "0x10", "1e3", "1_0", "1,2", "-0", "\u0661", "\uff11", "null", "true")


# -- page and limit ---------------------------------------------------------------------------------------------------


def permitted_limits(contract: Contract, operation_id: str = LIST_UNITS) -> st.SearchStrategy[int]:
    """Return permitted limits, most of them so small that a few entries need several pages."""
    limits = contract.pages(operation_id).limit_bounds
    small = st.integers(limits.least, min(limits.least + 3, limits.most))
    usual = st.sampled_from([limits.default or limits.least, limits.most])
    return st.one_of(small, small, usual, st.integers(limits.least, limits.most))


def permitted_pages(contract: Contract, operation_id: str = LIST_UNITS) -> st.SearchStrategy[int]:
    """Return permitted pages: the first ones, and pages whose offset needs more than 31, 32, 53 or 63 bits."""
    pages = contract.pages(operation_id).page_bounds
    least = max(FIRST_PAGE, pages.least)  # what a page before the first one has is open
    first = st.integers(least, min(least + 4, pages.most))
    far = st.builds(
        lambda power, divisor, more: 2**power // divisor + more,
        st.sampled_from([31, 32, 32, 53, 63]),
        st.sampled_from([1, 1, 2, 20, 100]),
        st.integers(-1, 2),
    )
    return first | far.map(lambda page: max(least, min(page, pages.most)))


def wrong_numbers(exchange: Exchange, rule: str | None = None, **numbers: int) -> Iterator[Violation]:
    """Yield a violation for each number, such as ``page`` or ``total``, that a list response states otherwise.

    The schema requires the numbers; a missing one is ignored here. Without a rule, the rule under test is broken.
    """
    for name, wanted in numbers.items():
        got = exchange.member(name)
        exact = wanted <= _EXACT or not isinstance(got, int | float)
        if got is not None and (got != wanted if exact else float(got) != float(wanted)):
            yield wrong_value(name, wanted, got, exchange, rule=rule)


def wrong_page_or_limit(exchange: Exchange, page: int, limit: int) -> Iterator[Violation]:
    """Yield a violation if a list response states another page or limit."""
    return wrong_numbers(exchange, "LIST-02", page=page, limit=limit)


def wrong_total(exchange: Exchange, wanted: int) -> Iterator[Violation]:
    """Yield a violation if a list response states another total."""
    return wrong_numbers(exchange, "LIST-01", total=wanted)


def size_of_page(count: int, page: int, limit: int) -> int:
    """Return how many of ``count`` entries are on a page."""
    return max(0, min(limit, count - (page - FIRST_PAGE) * limit))


def out_of_range(of: Bounds) -> st.SearchStrategy[str]:
    """Return numbers out of bounds, and other texts, as the value of a query parameter."""
    near = st.sampled_from([of.least - 1, of.most + 1, -(2**31), -(2**63), 2**31, 2**32, 2**63, 2**64 + 1])
    far = st.integers(max_value=of.least - 1) | st.integers(min_value=of.most + 1) | st.integers(10**19, 10**40)
    numbers = (near | far).filter(lambda number: not of.least <= number <= of.most).map(str)
    return st.one_of(numbers, numbers, st.floats().map(str), st.sampled_from(_NEARLY_NUMBERS), texts(20))


# -- search -----------------------------------------------------------------------------------------------------------


_CHANGES: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "in lower case": str.lower,
    "in upper case": str.upper,
    "in the other case": in_other_case,
    "with its words reversed": lambda text: " ".join(reversed(text.split(" "))),
}
_REPLACED, _INSERTED = "with one character replaced", "with one character inserted"


@dataclass(frozen=True)
class NameSearch:
    """How the text of a search is made of a name."""

    part: str
    cut: int
    """Where the name is cut, counted within its own text."""
    change: str
    at: int
    """The place of a changed character, counted from the end of the first marker."""
    character: str

    def text(self, name: str, first: int, last: int) -> str:
        """Return the text, given where the own text of a name begins and ends between its markers."""
        cut = first + self.cut % (last - first + 1)
        start = min(first, _SKIPPED)
        part = {"whole": name, "beginning": name[start:cut], "end": name[cut:]}[self.part]
        if self.change in _CHANGES:
            return _CHANGES[self.change](part)
        marker = {"whole": first, "beginning": first - start, "end": 0}[self.part]
        place = (marker + self.at) % (len(part) + 1)
        return part[:place] + self.character + part[place + (self.change == _REPLACED) :]


WHOLE_NAME = NameSearch("whole", 0, "as it is", 0, "")
OTHER_CASE = NameSearch("whole", 0, "in the other case", 0, "")


def searches(contract: Contract) -> st.SearchStrategy[NameSearch]:
    """Return ways to make the text of a search."""
    place = st.integers(-12, 12) | st.integers(0, longest_name(contract))
    changes = st.sampled_from([*_CHANGES, *(_REPLACED, _INSERTED) * 2])
    parts = st.sampled_from(["whole", "beginning", "end"])
    return st.builds(NameSearch, parts, place, changes, st.just(0) | place, one_character())


def reordered(name: str) -> list[str]:
    """Return texts of the words and letters of a name, apart or in another order, each with all of its first word.

    The name does not contain them, unless its words or letters repeat. An index of words, or a search by likeness,
    may find it all the same.
    """
    words = name.split(" ")
    if len(words) < _FEWEST_WORDS:  # the target has changed the name
        return []
    first, *others, last = words
    between = " ".join(others)
    return [
        " ".join([last, *reversed(others), first]),
        f"{first} {last}",
        f"{between} {first}",
        f"{first} {between[::-1]} {last}",
        f"{first} {between[:-2]}{between[-1:]} {last}",
    ]


class ListModel:
    """The names of business units by id, and which of them a search finds.

    Every searched text contains a marker that no other unit of the target has in its name.
    """

    def __init__(self) -> None:
        """Start without units."""
        self.names: dict[str, str] = {}
        self.deleted: set[str] = set()

    def delete(self, unit_id: str) -> None:
        """Remove a unit."""
        del self.names[unit_id]
        self.deleted.add(unit_id)

    def must_find(self, text: str) -> set[str]:
        """Return the ids of the units that a search must find: their names contain the text, ignoring ASCII case."""
        return self._matching(text, ascii_folded)

    def may_find(self, text: str) -> set[str]:
        """Return the ids of the units that a search may find.

        The contract leaves open how the case of letters beyond ASCII is ignored, whether texts that Unicode regards as
        equivalent match, and whether blanks around the text count.
        """
        return set.union(
            *(self._matching(written, loosely) for written in {text, text.strip(), text.upper(), text.lower()}),
            *(self._matching(text, folded) for folded in (str.lower, str.upper)),
        )

    def judge(self, text: str, exchange: Exchange, *, rule: str = "LIST-04") -> Iterator[Violation]:
        """Compare the first and only page of a search with the model; yield each violation.

        ``rule`` is the rule that the absence of a unit breaks.
        """
        if not exchange.ok:
            if text.isprintable():
                yield wrong_status("success (200)", exchange, (200,), rule="LIST-04")
            return
        ids = [str(entry.get("id")) for entry in exchange.entries("business_units")]
        must, others = self.must_find(text), set(ids) - self.may_find(text)
        if must - set(ids):
            yield self._missing(must - set(ids), text, exchange, rule)
        elif lacking := self._matching(text, case_folded) - set(ids):
            yield self._missing(lacking, text, exchange, "LIST-11")
        if others & self.deleted:
            yield still_present("no deleted unit", str(others & self.deleted), exchange, rule="LIST-01")
        elif others:
            names = [self.names.get(unit_id, f"the unit {unit_id}") for unit_id in others]
            broken = "LIST-04" if is_plain(text) else "LIST-12"
            yield Violation(f"only units with {text!r} in their names", f"also {names}"[:300], exchange, rule=broken)
        elif must <= set(ids):
            if len(ids) > len(set(ids)):
                yield Violation("each unit once", f"the ids {ids}"[:300], exchange, rule="LIST-03")
            yield from wrong_total(exchange, len(set(ids)))
        yield from self._names_shown(exchange)

    def _names_shown(self, exchange: Exchange) -> Iterator[Violation]:
        """Yield a violation for each entry that shows another name."""
        for entry in exchange.entries("business_units"):
            wanted = self.names.get(str(entry.get("id")))
            if wanted is not None and entry.get("name", wanted) != wanted:
                yield Violation(f"an entry with the name {wanted!r}", repr(entry["name"]), exchange, rule="LIST-08")

    def _matching(self, text: str, folded: Callable[[str], str]) -> set[str]:
        return {unit_id for unit_id, name in self.names.items() if folded(text) in folded(name)}

    def _missing(self, ids: set[str], text: str, exchange: Exchange, rule: str) -> Violation:
        names = [self.names[unit_id] for unit_id in ids]
        return Violation(f"the units {names} for {text!r}"[:400], "not listed", exchange, rule=rule)


def loosely(text: str) -> str:
    """Return a text without the differences that Unicode regards as equivalent or as a matter of case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
