"""Says in one sentence what a target does wrong, from the facts of its violations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from ..contract import operation_ids as ids
from ..vocabulary import ENDED, LATE, MANAGEMENT_KEY_NAME, NESTING, STOPPED, Difference
from .cause_kinds import CauseKind
from .records import Failure

_PHRASES = {
    ids.UPDATE_GOVERNANCE: "an update of governance",
    ids.CREATE_GOVERNANCE: "a creation of governance",
    ids.DELETE_GOVERNANCE: "a deletion of governance",
    ids.LIST_UNITS: "the list of business units",
    ids.CREATE_UNIT: "a creation of a business unit",
    ids.GET_UNIT: "a read of a business unit",
    ids.RENAME_UNIT: "a rename of a business unit",
    ids.DELETE_UNIT: "a deletion of a business unit",
    ids.LIST_TEAMS: "the list of teams",
    ids.ASSIGN_TEAM: "an assignment of a team",
    ids.REMOVE_TEAM: "a removal of a team",
}
_SENT = {
    "omitted": " that omits the component",
    "empty": " with an empty object",
    "null": " with null",
    "part": " that omits the member",
}
_ARTICLE = re.compile("^an? ")
_NAMED = 2
_SHOWN = 90


def sentence(kind: CauseKind, failures: Sequence[Failure], example: Failure) -> str:
    """Return what the target does wrong, without a full stop.

    Args:
        kind: the kind of the cause.
        failures: all violations of the cause.
        example: the violation that is shown with it.
    """
    text = _by_kind(kind, failures, example)
    # A name such as x-api-key keeps its case.
    return text[:1].upper() + text[1:] if text.split(" ")[0].isalpha() else text


def _by_kind(kind: CauseKind, failures: Sequence[Failure], example: Failure) -> str:
    match kind:
        case CauseKind.CRASH:
            return _crash_sentence(failures, example)
        case CauseKind.ACCESS:
            return _access_sentence(failures, example)
        case CauseKind.DATA_LOSS | CauseKind.WRONG_STATE:
            return _state_sentence(failures, example)
        case CauseKind.REFUSALS:
            return _refusal_sentence(failures, example)
        case CauseKind.SHAPE:
            return _shape_sentence(failures, example)


def _crash_sentence(failures: Sequence[Failure], example: Failure) -> str:
    request = f"{_acting(failures)}{_forbidden(example)}"
    if ENDED in example.got or STOPPED in example.got:
        path = _shortened(urlsplit(example.exchange.url).path or "/")
        return f"the server ends on {example.exchange.method} {path}{_forbidden(example)}"
    if LATE in example.got:
        return f"the server does not respond in time to {request}"
    if example.facts.difference == Difference.NO_RESPONSE:
        return f"the server closes the connection without a response to {request}"
    return f"the server fails with {example.exchange.status} on {request}"


def _access_sentence(failures: Sequence[Failure], example: Failure) -> str:
    # The simplest form of a credential has the shortest name.
    credentials = sorted({failure.facts.credential for failure in failures}, key=lambda name: (len(name), name))
    names = _listed(credentials, "credentials")
    status, operations = example.exchange.status, _operations(failures)
    several = len(credentials) > 1
    match example.facts.difference:
        case Difference.ACCEPTED:
            return f"{names} {'are' if several else 'is'} accepted by {operations}"
        case Difference.REFUSED:
            return f"{names} is refused with {status} by {operations}"
        case Difference.STATUS:
            return f"{names} is refused with {status} instead of {_expected(failures, example)} by {operations}"
        case Difference.LOST | Difference.CHANGED if example.facts.place:
            return f"a request with {names} changes {_places(failures)}"
        case _:
            return f"after a request with {names}: {_plain(example)}"


def _state_sentence(failures: Sequence[Failure], example: Failure) -> str:
    facts = example.facts
    if facts.after is None and (not facts.place or facts.operation in (ids.LIST_UNITS, ids.LIST_TEAMS)):
        is_or_are = "are" if _are_several(failures) else "is"
        return f"{_operations(failures)} {is_or_are} wrong: {_plain(example)}"
    if not facts.place:
        return f"after {_acting(failures)}: {_plain(example)}"
    place = f"{_places(failures)}{' of another business unit' if facts.unit == 'another' else ''}"
    if facts.after is None and (example.exchange.status or 0) >= 400:
        acting = _ARTICLE.sub("a refused ", _acting(failures))
    else:
        acting = f"{_acting(failures)}{_SENT.get(facts.sent, '')}"
    verb = _verb(failures)
    match facts.difference:
        case Difference.LOST:
            return f"{place} {verb} lost after {acting}"
        case Difference.CHANGED:
            return f"{place} {verb} changed by {acting}"
        case Difference.KEPT:
            return f"{place} {verb} still there after {acting}"
        case _:
            return f"{place} {verb} wrong after {acting}: {_plain(example)}"


def _refusal_sentence(failures: Sequence[Failure], example: Failure) -> str:
    status, operations = example.exchange.status, _operations(failures)
    several = _are_several(failures)
    verb = "are" if several else "is"
    match example.facts.difference:
        case Difference.STATUS if (status or 0) < 300:
            return f"{operations} {verb} answered with {status} instead of {_expected(failures, example)}"
        case Difference.STATUS:
            return f"a refusal by {operations} has the status {status} instead of {_expected(failures, example)}"
        case Difference.ACCEPTED:
            members = _distinct(failure.facts.forbidden for failure in failures if failure.facts.forbidden)
            if not members:
                return f"{operations} {verb} answered with {status} where {_expected(failures, example)} is required"
            bodies = _listed(
                [f"`{member.split(' ')[0]}` ({member.partition(' ')[2]})" for member in members], "members"
            )
            return f"{operations} accept{'' if several else 's'} what the contract forbids: {bodies}"
        case _:
            message = example.got.partition(" (")[2].removesuffix(")")
            reason = f": {_shortened(message)}" if message else ""
            must = "they" if several else "it"
            return f"{operations} {verb} refused with {status} although {must} must succeed{reason}"


def _shape_sentence(failures: Sequence[Failure], example: Failure) -> str:
    operations, facts = _operations(failures), example.facts
    place = _places(failures)
    if facts.difference == Difference.MISSING and facts.place:
        return f"{place} {_verb(failures)} missing from the response to {operations}"
    if facts.difference == Difference.FORM and facts.place:
        has = "has" if _verb(failures) == "is" else "have"
        return f"{place} {has} the wrong form in the response to {operations}: {_shortened(example.got)}"
    return f"the response to {operations} is wrong: {_plain(example)}"


def _are_several(failures: Sequence[Failure]) -> bool:
    """Whether the violations are of several operations."""
    return len(_distinct(map(_phrase, failures))) > 1


def _verb(failures: Iterable[Failure]) -> str:
    return "is" if len(_distinct(failure.facts.place for failure in failures)) == 1 else "are"


def _forbidden(example: Failure) -> str:
    if example.facts.credential != MANAGEMENT_KEY_NAME:
        return f" with {example.facts.credential}"
    if example.facts.forbidden == NESTING:
        return " with a deeply nested body"
    return f" with a forbidden body: {example.facts.forbidden}" if example.facts.forbidden else ""


def _expected(failures: Iterable[Failure], example: Failure) -> str:
    """Return the statuses that the most exact of the rules requires."""
    named = [failure.facts.expected_statuses for failure in failures if failure.facts.expected_statuses]
    if not named:
        return _shortened(example.expected)
    fewest = min(named, key=len)
    return " or ".join(map(str, fewest))


def _plain(example: Failure) -> str:
    return f"expected {_shortened(example.expected.partition(', after: ')[0])}, got {_shortened(example.got)}"


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _acting(failures: Iterable[Failure]) -> str:
    return _listed(_distinct(map(_phrase_of_acting, failures)), "operations")


def _operations(failures: Sequence[Failure]) -> str:
    phrases = _distinct(map(_phrase, failures))
    if all(failure.facts.unit == "deleted" for failure in failures):
        phrases = [_of_deleted_unit(phrase) for phrase in phrases]
    return _listed(phrases, "operations")


def _of_deleted_unit(phrase: str) -> str:
    named = "a business unit"
    return (
        phrase.replace(named, "a deleted business unit") if named in phrase else f"{phrase} of a deleted business unit"
    )


def _phrase_of_acting(failure: Failure) -> str:
    after = failure.facts.after
    return _PHRASES.get(after, after) if after else _phrase(failure)


def _phrase(failure: Failure) -> str:
    operation = failure.facts.operation
    if operation is None:
        return f"an undeclared {failure.exchange.method} request"  # its path can have an identifier of the run
    return _PHRASES.get(operation, operation)


def _places(failures: Iterable[Failure]) -> str:
    places = _distinct(failure.facts.place for failure in failures if failure.facts.place)
    return _listed([f"`{place}`" for place in places], "members")


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _listed(texts: Sequence[str], noun: str) -> str:
    """Return texts as a list, shortened if there are many."""
    if len(texts) <= _NAMED:
        return " and ".join(texts)
    more = len(texts) - _NAMED
    return f"{', '.join(texts[:_NAMED])} and {more} other {noun if more > 1 else noun.removesuffix('s')}"
