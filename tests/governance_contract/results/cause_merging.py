"""Merges groups of violations that one cause explains better than several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from ..contract.components import COMPONENTS
from ..contract.operation_ids import CREATE_GOVERNANCE, LIST_TEAMS, LIST_UNITS, UPDATE_GOVERNANCE
from ..contract.rules import CATALOGUE
from ..vocabulary import ENDED, NO_JSON_NUMBER, Difference
from .cause_groups import KINDS, Group, alike, pattern
from .cause_kinds import CauseKind
from .records import Failure

_MOST_KINDS_OF_ACCEPTED_BODIES = 4
"""An operation that accepts more kinds of forbidden bodies does not validate bodies."""
_MANY_ACCEPTED_CREDENTIALS = 3
"""An operation that accepts this many kinds of credentials asks for none."""
_MANY_MISSING_MEMBERS = 3
"""A response that lacks this many members lacks them for one reason."""
_MANY_WRONG_PARTS_OF_A_LIST = 3
"""A list that is wrong in this many ways is wrong for one reason."""
_MANY_WRONG_STATES = 4
"""An operation after which this many members are wrong stores components in a wrong way."""
_MANY_WRONG_SHAPES = 4
"""A target with this many members that are missing, or of a wrong form, does not follow the contract anywhere."""
_RULE_OF_MEMBERS = "RESP-02"
_LISTS = (LIST_UNITS, LIST_TEAMS)
_STORING = (UPDATE_GOVERNANCE, CREATE_GOVERNANCE)
_MEMBERS_OF_COMPONENTS = ("calendar_aligned", "max_limit", "reset_duration")
_BAD_REQUEST = 400
_MOST_MESSAGES_OF_A_REFUSAL = 4
"""An operation that is refused with more messages has one cause, which the messages do not name."""
_OF_STATE = {CauseKind.DATA_LOSS, CauseKind.WRONG_STATE}
_OF_STATUS = (Difference.STATUS, Difference.ACCEPTED)


def merged(groups: Sequence[Group]) -> list[Group]:
    """Merge groups that one cause explains better than several."""
    for key, least in (
        (_crash_of_body, 2),
        (_operation_without_access, _MANY_ACCEPTED_CREDENTIALS),
        (_both_components, 2),
        (_accepted_bodies, _MOST_KINDS_OF_ACCEPTED_BODIES + 1),
        (_refused_operation, _MOST_MESSAGES_OF_A_REFUSAL + 1),
        (_form_anywhere, _MANY_WRONG_SHAPES),
        (_members_of_one_form, 2),
        (_missing_members, _MANY_MISSING_MEMBERS),
        (_simultaneous_requests, 2),
        (_one_list, _MANY_WRONG_PARTS_OF_A_LIST),
        (_accepted_conflicts, 2),
        (_state_after_one_operation, _MANY_WRONG_STATES),
        (_missing_anywhere, _MANY_WRONG_SHAPES),
    ):
        groups = _merge_by(groups, key, least=least)
    if any(_validates_nothing(group) for group in groups):
        groups = _merge_by(groups, _accepted_anywhere, least=2)
    return _without_repetitions(groups)


def _without_repetitions(groups: Sequence[Group]) -> list[Group]:
    """Move the violations of a group that only repeats what a larger group says to the larger group."""
    kept: list[Group] = []
    for group in sorted(groups, key=lambda group: group.rank):
        larger = next((other for other in kept if _repeats(group, other)), None)
        if larger is None:
            kept.append(group)
        else:
            larger.violations += group.violations
    for group in list(kept):
        others = (other for other in kept if other is not group)
        larger = next(
            (
                candidate
                for candidate in others
                if _lacks_same_member(group, candidate) or _shows_accepted(group, candidate)
            ),
            None,
        )
        if larger is not None:
            kept.remove(group)
            larger.violations += group.violations
    return kept


def _repeats(group: Group, larger: Group) -> bool:
    """Whether a group says nothing new beside a larger group."""
    if group.kind in _OF_STATE and larger.kind in _OF_STATE:
        return _repeats_state(group, larger)
    if group.kind is not larger.kind:
        return False
    match group.kind:
        case CauseKind.CRASH:
            return _repeats_crash(group, larger)
        case CauseKind.ACCESS:
            return _repeats_access(group, larger)
        case CauseKind.SHAPE:
            return _repeats_shape(group, larger)
        case CauseKind.REFUSALS:
            return _repeats_refusal(group, larger)
        case _:
            return False


def _repeats_crash(group: Group, larger: Group) -> bool:
    """Whether an operation fails on a forbidden body as it does on permitted ones."""
    first, of_larger = group.first, larger.first
    same = (first.acting, first.failure.exchange.status) == (of_larger.acting, of_larger.failure.exchange.status)
    is_of_body = bool(first.failure.facts.forbidden) and not of_larger.failure.facts.forbidden
    return same and is_of_body and first.how_it_ended == of_larger.how_it_ended


def _repeats_access(group: Group, larger: Group) -> bool:
    """Whether both accept a credential, and the name of one contains that of the other.

    For example, "x-api-key with a virtual key" is accepted, and so is "a virtual key".
    """
    facts, of_larger = group.first.failure.facts, larger.first.failure.facts
    names = _without_article(of_larger.credential), _without_article(facts.credential)
    accepted = facts.difference == of_larger.difference == Difference.ACCEPTED
    return accepted and (names[0] in names[1] or names[1] in names[0])


def _repeats_state(group: Group, larger: Group) -> bool:
    """Whether both are about a state of the same unit, and one of three holds.

    - Same change: the same operation loses the same member. An update loses `budget.max_limit` for one body, and for
      another one.
    - No other rules: the same operation breaks no other rule on the same component. An update changes
      `budget.max_limit`, and loses `budget`, which breaks the same rules.
    - Seen once: a single violation, by any operation, is beside many of the same component and the same rules.
    """
    facts, of_larger = group.first.failure.facts, larger.first.failure.facts
    if facts.unit != of_larger.unit:
        return False
    same_component = facts.place.split(".")[0] == of_larger.place.split(".")[0] or facts.operation in _LISTS
    same_change = group.kind is CauseKind.DATA_LOSS and bool(facts.place) and facts.place == of_larger.place
    no_other_rules = same_component and set(group.rules) <= set(larger.rules)
    seen_once = len(group.violations) == 1 < _MANY_WRONG_STATES <= len(larger.violations)
    same_acting = group.first.acting == larger.first.acting and group.kind is larger.kind
    return (same_acting and (same_change or no_other_rules)) or (seen_once and no_other_rules)


def _repeats_shape(group: Group, larger: Group) -> bool:
    """Whether no other rule is broken, and only the larger group names a place.

    For example, a response breaks its schema, and one lacks a member.
    """
    facts, of_larger = group.first.failure.facts, larger.first.failure.facts
    return not facts.place and bool(of_larger.place) and set(group.rules) <= set(larger.rules)


def _repeats_refusal(group: Group, larger: Group) -> bool:
    """Whether the status is the same, and one of the rules permits several statuses.

    For example, 422 is returned where 400 or 404 is required, and 422 where 400 is required. The same holds for 200
    where a refusal is required.
    """
    facts, of_larger = group.first.failure.facts, larger.first.failure.facts
    same_status = group.first.failure.exchange.status == larger.first.failure.exchange.status
    about_status = facts.difference == of_larger.difference and facts.difference in _OF_STATUS
    # Accepted bodies are told apart by what the contract forbids in them.
    of_bodies = facts.difference == Difference.ACCEPTED and bool(facts.forbidden or of_larger.forbidden)
    # A rule that permits several statuses does not say which one is right here.
    is_vague = len(facts.expected_statuses) > 1 or len(of_larger.expected_statuses) > 1
    return about_status and not of_bodies and same_status and is_vague


def _without_article(credential: str) -> str:
    """Return the name of a credential as other credentials contain it: "x-api-key with a virtual key"."""
    return credential.removeprefix("a ").removeprefix("the ")


def _lacks_same_member(group: Group, other: Group) -> bool:
    """Whether a wrong value is only the absence of a member that is missing from responses."""
    if group.kind is not CauseKind.WRONG_STATE or other.first.failure.facts.difference != Difference.MISSING:
        return False
    places = {violation.failure.facts.place for violation in other.violations}
    return all(
        violation.failure.facts.place in places and _says_absent(violation.failure) for violation in group.violations
    )


def _shows_accepted(group: Group, other: Group) -> bool:
    """Whether a member of the wrong form only shows a forbidden value that an update accepts."""
    facts = [violation.failure.facts for violation in group.violations]
    accepts = other.first.failure.facts.difference == Difference.ACCEPTED
    accepted = {violation.failure.facts.forbidden.split(" ")[0] for violation in other.violations} - {""}
    return accepts and all(fact.difference == Difference.FORM and fact.place in accepted for fact in facts)


def _says_absent(failure: Failure) -> bool:
    return failure.got in ("None", "'absent'", "absent") or failure.got.endswith("after None")


def _merge_by(groups: Sequence[Group], key: Callable[[Group], object | None], *, least: int) -> list[Group]:
    """Merge the groups with an equal key if there are at least ``least``. A group with the key None is kept."""
    by_key: dict[object, list[Group]] = defaultdict(list)
    result: list[Group] = []
    for group in groups:
        common = key(group)
        if common is None:
            result.append(group)
        else:
            by_key[common].append(group)
    for several in by_key.values():
        if len(several) < least:
            result += several
        else:
            kind = min((group.kind for group in several), key=KINDS.index)
            result.append(Group(kind, [violation for group in several for violation in group.violations]))
    return result


def _crash_of_body(group: Group) -> object | None:
    """Operations that fail on the same kind of forbidden body read it in one place."""
    facts = group.first.failure.facts
    is_of_body = group.kind is CauseKind.CRASH and bool(facts.forbidden)
    if not is_of_body or group.first.how_it_ended == ENDED:
        return None
    return (facts.difference, group.first.failure.exchange.status, facts.forbidden, group.first.how_it_ended)


def _operation_without_access(group: Group) -> object | None:
    """An operation that accepts several kinds of credentials asks for none."""
    operations = {violation.failure.facts.operation for violation in group.violations}
    accepted = all(violation.failure.facts.difference == Difference.ACCEPTED for violation in group.violations)
    return frozenset(operations) if group.kind is CauseKind.ACCESS and accepted else None


def _both_components(group: Group) -> object | None:
    """A fault often affects the budget and the rate limit alike."""
    facts = group.first.failure.facts
    if facts.place.split(".")[0] not in COMPONENTS:
        return None
    if facts.difference not in (Difference.LOST, Difference.CHANGED, Difference.KEPT):
        return None
    member = alike(facts.place).partition(".")[2] if "." in facts.place else ""
    return (group.kind, facts.difference, group.first.acting, facts.sent, facts.unit, member)


def _members_of_one_form(group: Group) -> object | None:
    """Members with the same wrong form in the same response have one cause."""
    facts = group.first.failure.facts
    if group.kind is not CauseKind.SHAPE or facts.difference != Difference.FORM or not facts.place:
        return None
    operations = frozenset(violation.failure.facts.operation for violation in group.violations)
    return (operations, group.rules[0], pattern(group.first.failure.got))


def _missing_members(group: Group) -> object | None:
    """A response that lacks many members of one object lacks them for one reason."""
    facts = group.first.failure.facts
    return (facts.operation, group.level) if facts.difference == Difference.MISSING else None


def _one_list(group: Group) -> object | None:
    """A list that is wrong in many ways is usually wrong for one reason."""
    operation = group.first.failure.facts.operation
    return operation if group.kind is CauseKind.WRONG_STATE and operation in _LISTS else None


def _simultaneous_requests(group: Group) -> object | None:
    """Operations that several simultaneous requests get through look at the state without a lock."""
    is_of_race = all(CATALOGUE[rule].area == "CONC" for rule in group.rules)
    is_of_place = any(violation.failure.facts.place for violation in group.violations)
    return group.kind if is_of_race and group.kind is CauseKind.WRONG_STATE and not is_of_place else None


def _accepted_bodies(group: Group) -> object | None:
    """An operation that accepts several kinds of forbidden bodies has one cause: it does not validate them."""
    facts = group.first.failure.facts
    if group.kind is CauseKind.REFUSALS and facts.difference == Difference.ACCEPTED and facts.forbidden:
        return frozenset(violation.acting for violation in group.violations)
    return None


def _accepted_conflicts(group: Group) -> object | None:
    """Operations that accept what needs the same refusal do not look at the state."""
    facts = group.first.failure.facts
    is_conflict = group.kind is CauseKind.REFUSALS and facts.difference == Difference.ACCEPTED and not facts.forbidden
    return tuple(facts.expected_statuses) if is_conflict else None


def _state_after_one_operation(group: Group) -> object | None:
    """An operation after which components are wrong in many ways stores them in another way than the contract says."""
    if group.kind not in _OF_STATE:
        return None
    place = group.first.failure.facts.place
    is_of_component = not place or place in _MEMBERS_OF_COMPONENTS or place.split(".")[0] in COMPONENTS
    acting, unit = group.first.acting, group.first.failure.facts.unit
    return (acting, unit) if is_of_component and acting in _STORING else None


def _missing_anywhere(group: Group) -> object | None:
    """Many responses that lack members were written without the contract."""
    facts = group.first.failure.facts
    return facts.difference if group.kind is CauseKind.SHAPE and facts.difference == Difference.MISSING else None


def _form_anywhere(group: Group) -> object | None:
    """Many members of a wrong form that break the same rule show what the target stores without a look at it."""
    facts = group.first.failure.facts
    if group.kind is not CauseKind.SHAPE or facts.difference != Difference.FORM:
        return None
    if group.first.failure.got.endswith(NO_JSON_NUMBER):
        return _RULE_OF_MEMBERS  # the member cannot be named, since the response cannot be read
    return group.rules[0] if facts.place else None


def _validates_nothing(group: Group) -> bool:
    """Whether a cause is that an operation accepts many kinds of forbidden bodies."""
    kinds = {violation.failure.facts.forbidden for violation in group.violations} - {""}
    return _accepted_anywhere(group) is not None and len(kinds) > _MOST_KINDS_OF_ACCEPTED_BODIES


def _accepted_anywhere(group: Group) -> object | None:
    """A target that validates nothing accepts every body that the contract forbids, in every operation."""
    facts = group.first.failure.facts
    if group.kind is not CauseKind.REFUSALS or facts.difference != Difference.ACCEPTED:
        return None
    return facts.difference if facts.forbidden or _BAD_REQUEST in facts.expected_statuses else None


def _refused_operation(group: Group) -> object | None:
    """One operation that is refused with several messages has one cause, which the messages do not name."""
    first = group.first
    if group.kind is CauseKind.REFUSALS and first.failure.facts.difference == Difference.REFUSED:
        return (first.acting, first.failure.exchange.status)
    return None
