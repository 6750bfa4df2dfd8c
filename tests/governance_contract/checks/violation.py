"""A violation: the target breaks a rule. Its texts are for people; `about` says the same to the reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..target.exchange import Exchange, about_status
from ..vocabulary import About, Difference, difference_of_values

_WHOLE = About()


class Violation(AssertionError):
    """The target breaks a rule. Holds what a report shows about it."""

    def __init__(
        self, expected: str, got: str, exchange: Exchange, *, rule: str | None = None, about: About = _WHOLE
    ) -> None:
        """Describe a violation.

        Args:
            expected: what the contract requires.
            got: what the target did instead.
            exchange: the request and response that show it.
            rule: the broken rule, if it is not the rule under test.
            about: the member that differs, and how.
        """
        super().__init__(f"expected {expected}, got {got}")
        self.expected, self.got, self.exchange, self.rule, self.about = expected, got, exchange, rule, about

    def after(self, steps: str) -> Violation:
        """Return the violation with the description of the steps that led to it."""
        expected = f"{self.expected}, after: {steps}"
        return Violation(expected, self.got, self.exchange, rule=self.rule, about=self.about)


def raise_first(violations: Iterable[Violation]) -> None:
    """Raise the first violation, if there is one."""
    for violation in violations:
        raise violation


def wrong_status(
    expected: str, exchange: Exchange, statuses: Sequence[int] = (), *, got: str = "", rule: str | None = None
) -> Violation:
    """Return the violation that a response has none of some statuses.

    Args:
        expected: what the contract requires.
        exchange: the request and response.
        statuses: the required statuses, of which 200 stands for a success; empty for any response below 500.
        got: what the target did instead; empty for the outcome of the exchange.
        rule: the broken rule, if it is not the rule under test.
    """
    about = about_status(exchange, *statuses)
    return Violation(expected, got or exchange.outcome, exchange, rule=rule, about=about)


def still_present(
    expected: str, got: str, exchange: Exchange, *, place: str = "", rule: str | None = None
) -> Violation:
    """Return the violation that something is still there which must be gone."""
    return Violation(expected, got, exchange, rule=rule, about=About(place, Difference.KEPT))


def wrong_value(place: str, wanted: Any, got: Any, exchange: Exchange, *, rule: str | None = None) -> Violation:
    """Return the violation that a member has another value than the required one."""
    about = About(place, difference_of_values(wanted, got))
    return Violation(f"{place} = {wanted!r}", repr(got), exchange, rule=rule, about=about)
