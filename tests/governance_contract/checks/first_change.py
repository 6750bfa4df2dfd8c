"""The first difference between two states of a business unit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from ..target.members import Members
from ..target.unit import instant
from ..vocabulary import Difference


class Change(NamedTuple):
    """The first difference between two states."""

    at: str
    """The member that differs, as names separated by dots; empty for the whole."""
    before: Any
    after: Any

    @property
    def kind(self) -> Difference:
        """Whether the value is gone or has changed. A new value counts as changed."""
        if self.after is None:
            return Difference.LOST
        return Difference.CHANGED

    def __str__(self) -> str:
        """Return the change in words."""
        return f"{self.at or 'it'} went from {_brief(self.before)} to {_brief(self.after)}"


def first_change(before: Any, after: Any, without: Collection[str], members: Members, at: str = "") -> Change | None:
    """Return the first difference between two JSON values; None if they are equal. Timestamps compare as instants.

    Args:
        before: the earlier value.
        after: the later value.
        without: members that are not compared.
        members: the names of the members that are compared.
        at: where the values are, as names separated by dots.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for field in sorted(name for name in {*before, *after} - set(without) if members.are_compared(name)):
            change = first_change(before.get(field), after.get(field), without, members, f"{at}.{field}".lstrip("."))
            if change:
                return change
        return None
    if before == after or (instant(before) is not None and instant(before) == instant(after)):
        return None
    return Change(at, before, after)


def _brief(value: Any) -> str:
    return "absent" if value is None else repr(value)[:200]
