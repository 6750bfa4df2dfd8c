"""What a target offers: which operations can be used, and which needs of the rules are met.

``discover`` sends each operation a request that the contract permits, on a business unit of its own, before the first
rule is judged:

========================== ========================================= ===========================================
operation                  request                                   404 means "not served"
========================== ========================================= ===========================================
listBusinessUnits          one entry                                 always
createBusinessUnit         a new name                                always
getBusinessUnit            the created unit                          where an update knows the unit
createBusinessUnitGov...   a budget, a rate limit, both              where a read or an update knows the unit
updateBusinessUnitGov...   nothing, a budget, a rate limit           never: without it there is nothing to judge
deleteBusinessUnitGov...   governance that a read shows              where a read or an update knows the unit
updateBusinessUnit         another new name                          where a read or an update knows the unit
assignTeamToBusinessUnit   the team of ``--team``; else no team      to a body without a team
listBusinessUnitTeams      the created unit                          where a read or an update knows the unit
removeTeamFromBusinessUnit the assigned team, else an unknown one    where the team is listed with the unit
deleteBusinessUnit         the created unit                          where a read or an update knows the unit
========================== ========================================= ===========================================

405 and 501 always mean "not served". 403 means that the management key may not use the operation. 200 means that it is
served; every other answer is wrong and breaks a rule, as does a success that says nothing and has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn

from ..contract.rules import Need
from .business_units import COMPONENTS, Unit, Units, UnitState, Unusable, component, require_unit_in, unit_in
from .credentials import NONE
from .exchange import Exchange
from .survey import (
    ASSIGN,
    CREATE,
    DELETE,
    DELETE_GOVERNANCE,
    GET,
    LIST,
    MISSING_ROUTE,
    NOT_THERE,
    OPERATIONS,
    POST_GOVERNANCE,
    PUT,
    REMOVE,
    RENAME,
    RULES,
    TEAMS,
    Offer,
    State,
    Survey,
    briefly,
)
from .target import ConnectionClosed, Target

_BUDGET = {"budget": {"max_limit": 1, "reset_duration": "1M"}}
_OTHER_BUDGET = {"budget": {"max_limit": 2, "reset_duration": "1M"}}
_RATE_LIMIT = {"rate_limit": {"request_max_limit": 1, "request_reset_duration": "1h"}}
_NO_SUCH_TEAM = "no-such-team"
_NO_JSON = "its answers cannot be read: application/json that holds no JSON object"


class Unreadable(Exception):
    """What the target says is JSON is no document of this API: it can be judged for that, and for nothing else."""


def discover(target: Target, units: Units, *, named: Sequence[str], team: str | None) -> Offer:
    """Find out what the target offers, and note on the target which operations cannot be used.

    Without units of our own only reads and the update of governance are used: a rule about deletion or renaming has no
    business with a unit that is somebody else's.

    Raises:
        Unreachable: there is no HTTP answer.
        Unusable: the target answers something else than this API, refuses the management key, or has nothing to judge.
        Unreadable: its answers are called JSON and are none, or hold no object nor list.
        Blocked: a named unit cannot be read.
    """
    survey = Survey(target, units)
    _find_the_api(survey, named[0] if named else None)
    unit = _create_a_unit(survey)
    if unit is not None:
        _use_the_unit(survey, unit, team)
    if not survey.may_use(CREATE, DELETE):
        reason = survey.offer.why_missing(Need.OWN_UNITS)
        if not named:
            raise Unusable(f"{reason}; name a business unit that may be changed with --business-unit ID")
        survey.leave_out_changes(reason)
    if named:
        _look_at_named(survey, named[0])
        _look_at_spare(survey)
    for need, operations in OPERATIONS.items():
        if survey.may_use(*operations) and (need is not Need.TEAM or team is not None):
            survey.offer.needs.add(need)
    return survey.offer


def _says_nothing(answer: Exchange) -> bool:
    """Whether a success has an empty body, an empty object, or what is no JSON: it may not have taken effect."""
    return answer.ok and not answer.member()


def _takes_effect(survey: Survey, answer: Exchange, effect: Callable[[], bool]) -> None:
    """Keep that a success which says nothing has no effect, where it has none."""
    if _says_nothing(answer) and not effect():
        survey.breaks(answer, survey.rule_for(answer), "an empty answer and no effect")


def _shows(survey: Survey, answer: Exchange, what: str, rule: str) -> None:
    """Keep that the answer to a read shows nothing, where it shows nothing."""
    if _says_nothing(answer):
        rule = "RESP-01" if answer.status != 200 else rule
        survey.breaks(answer, rule, f"no {what} in the answer")


# -- one function a conclusion --------------------------------------------------------------------------------------


def _find_the_api(survey: Survey, named: str | None) -> None:
    """Tell a wrong URL and a wrong key from a target that does not conform, by its list or by an update of nothing."""
    listing = survey.target.call(LIST, query={"limit": 1}) if survey.may_use(LIST) else None
    if listing is None or not listing.ok or not isinstance(listing.member(), dict | list):
        if named is None:
            _give_up_without_a_unit(listing)
        _look_for_the_api_at(survey, named, listing)
    if listing is not None and survey.is_usable(listing):
        _shows(survey, listing, "list", _rule_of_list(listing))


def _rule_of_list(listing: Exchange) -> str:
    """Return the rule that a list without anything in it breaks: required members, or one JSON document."""
    return "RESP-07" if isinstance(listing.member(), dict) else "RESP-04"


def _give_up_without_a_unit(listing: Exchange | None) -> NoReturn:
    """Say why a target without a list and without a named unit cannot be judged.

    Raises:
        Unreadable: the list is called JSON and is none.
        Unusable: it is refused, or answered otherwise.
    """
    if listing is None or listing.status in MISSING_ROUTE:
        told = f" ({briefly(listing)})" if listing else ""
        raise Unusable(
            f"it serves no list of business units{told}: is the base URL right? "
            "A target that serves the update of governance alone needs --business-unit ID"
        )
    if listing.status in (401, 403):
        raise Unusable(f"it refuses the management key in GOVERNANCE_API_KEY ({briefly(listing)})")
    if listing.ok and listing.media_type == "application/json":
        raise Unreadable(_NO_JSON)
    if listing.media_type != "application/json":
        raise Unusable(f"no business-unit governance API is there ({briefly(listing)}, {_kind(listing)})")
    raise Unusable(
        f"the business units cannot be listed ({briefly(listing)}); "
        "name one with --business-unit ID to judge the other operations"
    )


def _kind(answer: Exchange) -> str:
    return answer.headers.get("content-type", "no Content-Type")


def _look_for_the_api_at(survey: Survey, named: str, listing: Exchange | None) -> None:
    """Find the API by an update of the named unit that changes nothing.

    Raises:
        Unreadable: the answers are called JSON and are none.
        Unusable: the key is refused, the unit is unknown, or this is no answer of the API.
    """
    update = _named_is_there(survey.target, named)
    if update.status in (401, 403):
        raise Unusable(f"it refuses the management key in GOVERNANCE_API_KEY ({briefly(update)})")
    if update.ok and isinstance(update.member(), dict):
        return
    if any(one is not None and one.ok and one.media_type == "application/json" for one in (listing, update)):
        raise Unreadable(_NO_JSON)
    raise Unusable(f"no business-unit governance API is there ({briefly(update)}, {_kind(update)})")


def _named_is_there(target: Target, named: str) -> Exchange:
    """Send an update that changes nothing to a named unit.

    Raises:
        Unusable: the target does not know the unit.
    """
    answer = target.call(PUT, {}, path={"id": named})
    if answer.status == 404:
        raise Unusable(f"it has no business unit {named!r} (404 on {answer.url})")
    return answer


def _create_a_unit(survey: Survey) -> Unit | None:
    """Create a business unit; None where that cannot be done."""
    if not survey.may_use(CREATE, DELETE):
        return None
    created = survey.target.call(CREATE, {"name": survey.units.new_name()})
    unit = survey.units.register(created)
    if unit is None and survey.is_usable(created):
        lacking = "the answer tells no id, so that nothing can be deleted"
        survey.breaks(created, survey.rule_for(created), lacking)
    return unit


def _use_the_unit(survey: Survey, unit: Unit, team: str | None) -> None:
    """Try every operation on a unit of our own, and delete it.

    Raises:
        Unusable: the management key may not update governance, or the named team cannot be assigned.
    """
    if not _is_known(survey, unit):
        # A target that does not know the unit it has just created says 404 although it serves the operation.
        survey.absent = NOT_THERE
    conclusions: list[Callable[[], None]] = [
        partial(_creates_governance, survey, unit),
        partial(_updates, survey, unit),
        partial(_renames, survey, unit),
        partial(_handles_teams, survey, unit, team),
        partial(_deletes_governance, survey, unit),
        partial(_deletes_the_unit, survey, unit),
    ]
    for conclude in conclusions:
        try:
            conclude()
        except ConnectionClosed:  # it is served, however badly: for the rules to say
            continue
    update = survey.offer.obstacles.get(PUT)
    if update is not None and update.state is State.REFUSED:
        raise Unusable(f"{update.reason}: without it nothing can be judged")


def _is_known(survey: Survey, unit: Unit) -> bool:
    """Conclude whether getBusinessUnit can be used; return whether a read or an update knows the unit."""
    try:
        updatable = survey.target.call(PUT, {}, path=unit.path).status not in MISSING_ROUTE
    except ConnectionClosed:
        updatable = True
    if not survey.may_use(GET):
        return updatable
    try:
        read = survey.target.call(GET, path=unit.path)
    except ConnectionClosed:
        return True
    if survey.is_usable(read, absent=MISSING_ROUTE if updatable else NOT_THERE):
        _shows(survey, read, "business unit", RULES[GET])
    return updatable or read.status not in MISSING_ROUTE


def _governed(unit: Unit) -> bool:
    """Whether a look shows that a unit has governance."""
    entity = unit_in(unit.fetch())
    return any(component(entity, name) for name in COMPONENTS)


def _budget(unit: Unit) -> dict[str, Any] | None:
    return component(unit_in(unit.fetch()), "budget")


def _creates_governance(survey: Survey, unit: Unit) -> None:
    if not survey.may_use(POST_GOVERNANCE):
        return
    answer = survey.target.call(POST_GOVERNANCE, _BUDGET, path=unit.path)
    if answer.status == 409:
        return  # a conflict with what the unit has already, or should not have: for the rules to say
    for other in (_RATE_LIMIT, {**_BUDGET, **_RATE_LIMIT}):
        # That each component is enough is for a rule to say.
        if answer.status == 400 and survey.target.call(POST_GOVERNANCE, other, path=unit.path).ok:
            return
    if survey.is_usable(answer, absent=survey.absent):
        _takes_effect(survey, answer, lambda: _governed(unit))


def _updates(survey: Survey, unit: Unit) -> None:
    """Conclude whether the update can be used: it is broken where every update is refused."""
    answers = []
    for body in ({}, _RATE_LIMIT, _OTHER_BUDGET):
        answers.append(answer := survey.target.call(PUT, body, path=unit.path))
        if answer.ok and not _says_nothing(answer):
            return
    if answer.ok:
        wanted = _OTHER_BUDGET["budget"]["max_limit"]
        _takes_effect(
            survey, answer, lambda: (component(unit_in(unit.fetch()), "budget") or {}).get("max_limit") == wanted
        )
    elif not any(one.ok for one in answers):
        survey.is_usable(answer, absent=survey.absent)


def _deletes_governance(survey: Survey, unit: Unit) -> None:
    if not survey.may_use(DELETE_GOVERNANCE):
        return
    if not _governed(unit):
        unit.put(_BUDGET)
    # 404 also says that there is no governance to delete.
    there = _governed(unit)
    answer = survey.target.call(DELETE_GOVERNANCE, path=unit.path)
    if survey.is_usable(answer, absent=survey.absent if there else NOT_THERE):
        _takes_effect(survey, answer, lambda: not there or not _governed(unit))


def _renames(survey: Survey, unit: Unit) -> None:
    if not survey.may_use(RENAME):
        return
    name = survey.units.new_name()
    answer = survey.target.call(RENAME, {"name": name}, path=unit.path)
    if survey.is_usable(answer, absent=survey.absent):
        _takes_effect(survey, answer, lambda: (unit_in(unit.fetch()) or {}).get("name", name) == name)


def _handles_teams(survey: Survey, unit: Unit, team: str | None) -> None:
    """Conclude what can be done with teams: with the team that the user named, or with one that does not exist."""
    if survey.may_use(ASSIGN):
        _assigns_no_team(survey, unit) if team is None else _assigns_the_team(survey, unit, team)
    assigned = team is not None and survey.may_use(ASSIGN)
    if survey.may_use(TEAMS):
        listing = survey.target.call(TEAMS, path=unit.path)
        if survey.is_usable(listing, absent=survey.absent):
            _shows(survey, listing, "list", _rule_of_list(listing))
            # Where an assignment is not listed a rule says so; the team may be unknown to the unit.
            assigned = assigned and (not survey.may_use(TEAMS) or _has_team(survey, unit, team))
    if survey.may_use(REMOVE):
        _removes_a_team(survey, unit, team if assigned else None)


def _assigns_no_team(survey: Survey, unit: Unit) -> None:
    """Conclude whether teams can be assigned, from the answer to a body without a team."""
    empty = survey.target.call(ASSIGN, {}, path=unit.path)
    if survey.is_usable(empty, absent=survey.absent, valid=False) and _says_nothing(empty):
        survey.breaks(empty, "RESP-01" if empty.status != 200 else "VALID-18", "without a team in the body")


def _assigns_the_team(survey: Survey, unit: Unit, team: str) -> None:
    """Conclude whether the named team can be assigned.

    Raises:
        Unusable: the target has no such team, or it belongs to a unit.
    """
    answer = survey.target.call(ASSIGN, {"team_id": team}, path=unit.path)
    if answer.status == 404 and 404 in survey.absent:
        # A body without a team tells a missing route from an unknown team.
        empty = survey.target.call(ASSIGN, {}, path=unit.path)
        if survey.is_usable(empty, valid=False):
            raise Unusable(f"it has no team {team!r} ({briefly(answer)})")
        return
    if answer.status == 409:
        raise Unusable(f"team {team!r} belongs to a business unit; name one without with --team")
    if survey.is_usable(answer, absent=NOT_THERE):
        _takes_effect(survey, answer, lambda: _has_team(survey, unit, team))


def _has_team(survey: Survey, unit: Unit, team: str | None) -> bool:
    """Whether a team is listed with a unit."""
    return team in [entry.get("id") for entry in survey.target.call(TEAMS, path=unit.path).entries("teams")]


def _removes_a_team(survey: Survey, unit: Unit, team: str | None) -> None:
    """Conclude whether a team can be removed, with the team that is in the unit or with one that does not exist."""
    path = {**unit.path, "team_id": team or _NO_SUCH_TEAM}
    answer = survey.target.call(REMOVE, path=path)
    if team is not None:
        if survey.is_usable(answer, absent=survey.absent):
            _takes_effect(survey, answer, lambda: not survey.may_use(TEAMS) or not _has_team(survey, unit, team))
    elif answer.status == 404 and survey.target.call(REMOVE, path=path, credential=NONE).status == 404:
        text = f"without --team a missing route cannot be told from an unknown team: {survey.told(answer)}"
        survey.note(REMOVE, State.LEFT_OUT, text, answer)
    elif survey.is_usable(answer, absent=NOT_THERE, valid=False) and _says_nothing(answer):
        rule = "RESP-01" if answer.status != 200 else "LIFE-10"
        survey.breaks(answer, rule, "for a team that does not exist")


def _deletes_the_unit(survey: Survey, unit: Unit) -> None:
    answer = survey.target.call(DELETE, path=unit.path)
    # 404 also says that the unit is gone already.
    absent = NOT_THERE if answer.status == 404 and unit.fetch().status == 404 else survey.absent
    if survey.is_usable(answer, absent=absent):
        _takes_effect(survey, answer, lambda: unit.fetch().status == 404)


def _look_at_named(survey: Survey, named: str) -> None:
    """Note the named unit as it is, to restore it, and conclude whether it has usage.

    Raises:
        Unusable: the target does not know it.
        Blocked: it cannot be read.
    """
    first = survey.target.call(GET, path={"id": named}) if survey.may_use(GET) else None
    if first is not None and (not first.ok or _says_nothing(first)):
        update = _named_is_there(survey.target, named)
        if survey.is_usable(first):
            _shows(survey, first, "business unit", RULES[GET])
        first = update
    first = first or _named_is_there(survey.target, named)
    # The first look at it: reading alone should change nothing, and may. Where it shows no usage the next one may:
    # that reads agree is a rule.
    if _has_usage(survey.units.record_original(named, first)) or _has_usage(
        require_unit_in(survey.units.named().fetch())
    ):
        survey.offer.needs.add(Need.USAGE)


def _look_at_spare(survey: Survey) -> None:
    """Note the second named unit as it is, to restore it.

    Raises:
        Unusable: the target does not know it.
        Blocked: it cannot be read.
    """
    spare = survey.units.second_named()
    if spare is None:
        return
    look = spare.fetch()
    if look.status == 404:
        raise Unusable(f"it has no business unit {spare.id!r} (404 on {look.url})")
    survey.units.record_original(spare.id, look)


def _has_usage(entity: UnitState) -> bool:
    counters = ("current_usage", "token_current_usage", "request_current_usage")
    return any((component(entity, name) or {}).get(counter) for name in COMPONENTS for counter in counters)
