"""Words that every layer uses: how a target can differ from the contract, and parts of what violations say."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple

NESTING = "body nesting"
"""Stands for what the contract forbids in a body that is nested too deeply to be compared with its schema."""
MANAGEMENT_KEY_NAME = "the management key"
"""The name of the credential, as the reports show it."""
NO_JSON_NUMBER = "is no JSON number"
"""The end of the finding that a document contains NaN or an infinity, which some libraries accept and write."""

STOPPED = "the target stopped responding"
ENDED, LATE = "its process ended", "no response in time"
"""Parts of what violations say about a target that did not respond."""


class Difference(StrEnum):
    """The difference between what the contract requires and what a target did."""

    NO_RESPONSE = "no-response"
    """The connection was closed without a response."""
    SERVER_ERROR = "server-error"
    """A status of 500 or more."""
    ACCEPTED = "accepted"
    """A success for a request that must be refused."""
    REFUSED = "refused"
    """A refusal of a request that must succeed."""
    STATUS = "status"
    """Another status of the same class: another success, or another refusal."""
    LOST = "lost"
    """Something that must stay is gone or has less than before."""
    CHANGED = "changed"
    """Something that must stay has another value."""
    KEPT = "kept"
    """Something that must be gone is still there."""
    VALUE = "value"
    """Another value than the one that the contract requires."""
    MISSING = "missing"
    """A response lacks a member."""
    FORM = "form"
    """A response, a member or a header field has another type or form."""


class About(NamedTuple):
    """What a violation is about. Reports group violations by it."""

    place: str = ""
    """The member of a body or the header field that differs, such as ``budget.max_limit``; empty for the whole."""
    difference: Difference = Difference.VALUE
    statuses: tuple[int, ...] = ()
    """The statuses that are required, if the status differs."""
    is_other_unit: bool = False
    """Whether it is about another business unit than the one that the request names."""
    compares_states: bool = False
    """Whether a state is compared with an earlier one."""


def difference_of_values(wanted: Any, got: Any) -> Difference:
    """Return how a value differs from the required one: in its type only, or also in its text."""
    return Difference.FORM if str(wanted) == str(got) else Difference.VALUE
