"""Probes a target before the first rule is judged: which operations can be used, and which needs of rules are met.

``discover`` sends each operation a request that the contract permits, on a business unit that it creates:

========================== ========================================= ===========================================
operation                  request                                   404 means "not served"
========================== ========================================= ===========================================
listBusinessUnits          one entry                                 always
createBusinessUnit         a new name                                always
getBusinessUnit            the created unit                          if an update finds the unit
createBusinessUnitGov...   a budget, a rate limit, both              if a read or an update finds the unit
updateBusinessUnitGov...   nothing, a budget, a rate limit           never: this is the published operation
deleteBusinessUnitGov...   governance that a read shows              if a read or an update finds the unit
updateBusinessUnit         another new name                          if a read or an update finds the unit
assignTeamToBusinessUnit   the team of ``--team``; else no team      for a body without a team
listBusinessUnitTeams      the created unit                          if a read or an update finds the unit
removeTeamFromBusinessUnit the assigned team, else an unknown one    if the team is listed with the unit
deleteBusinessUnit         the created unit                          if a read or an update finds the unit
========================== ========================================= ===========================================

405 and 501 always mean "not served". 403 means that the management key may not use the operation. 200 means that the
operation is served. Every other response breaks a rule, and so do an empty success without an effect and a component
that no response shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

from ..contract.components import COMPONENTS, USAGE
from ..contract.fitted_settings import fit
from ..contract.operation_ids import (
    CREATE_GOVERNANCE,
    CREATE_UNIT,
    DELETE_GOVERNANCE,
    DELETE_UNIT,
    GET_UNIT,
    LIST_UNITS,
    RENAME_UNIT,
    UPDATE_GOVERNANCE,
)
from ..contract.rules import Need
from .classification import (
    MISSING_ROUTE,
    OPERATIONS_OF_NEED,
    UNSUPPORTED,
    Capabilities,
    Probe,
    ProblemKind,
    is_empty,
)
from .errors import Blocked, ConnectionClosed, Unreadable, Unusable
from .exchange import Exchange, unit_in
from .run_units import Units
from .target import Target
from .team_discovery import probe_teams
from .unit import Unit, UnitState, component_of, require_unit_in

_BUDGET = {"max_limit": 1, "reset_duration": "1M"}
_OTHER_BUDGET = {"max_limit": 2, "reset_duration": "1M"}
_RATE_LIMIT = {"request_max_limit": 1, "request_reset_duration": "1h"}
_NOT_JSON = "its responses cannot be read: their media type is application/json, but they are not a JSON object"


def discover(target: Target, units: Units, *, team: str | None) -> Capabilities:
    """Probe a target, and mark on it the operations that cannot be used.

    If the run cannot create and delete units of its own, only reads and the update of governance are used: the checks
    never delete or rename a unit that the user named. If no unit can be created because the creation is broken, and the
    user named none, only rules that need no unit are judged. If a unit can be created and not deleted, the run works on
    this unit.

    Args:
        target: the target.
        units: the business units of the run, with those that the user named.
        team: the id of the team that the user named, if any.

    Raises:
        Unreachable: there is no HTTP response.
        Unusable: the target is not this API, rejects the management key, or serves no creation and no unit is named.
        Unreadable: responses are declared as JSON, and cannot be parsed or hold no object.
        Blocked: a named unit cannot be read.
    """
    probe = Probe(target, units)
    for operation, reason in list(target.unusable.items()):  # those that the contract in use does not have
        probe.add_problem(operation, ProblemKind.LEFT_OUT, reason)
    if not (probe.may_use(GET_UNIT) or probe.may_use(UPDATE_GOVERNANCE)):
        raise Unusable(f"the contract has neither {GET_UNIT} nor {UPDATE_GOVERNANCE}, so that no unit can be read")
    named = units.named_ids
    _probe_list(probe, named[0] if named else None)
    unit = _probe_creation(probe)
    if unit is not None:
        _probe_with_unit(probe, unit, team)
    if not probe.may_use(CREATE_UNIT, DELETE_UNIT):
        reason = probe.found.why_missing(Need.OWN_UNITS)
        creation = probe.found.problems.get(CREATE_UNIT)
        if not named and unit is not None:
            units.adopt(unit)
            named = units.named_ids
        if named:
            probe.leave_out_changes(reason)
        elif creation is None or creation.kind is not ProblemKind.BROKEN:
            raise Unusable(f"{reason}; name a business unit that may be changed with --business-unit ID")
    if named:
        _record_first_named(probe, named[0])
        _record_second_named(probe)
    for need, operations in OPERATIONS_OF_NEED.items():
        if probe.may_use(*operations) and (need is not Need.TEAM or team is not None):
            probe.found.needs.add(need)
    if named:
        probe.found.needs.add(Need.UNIT)
    if probe.target.contract.calendar_alignment.resets_usage:
        probe.found.needs.add(Need.RESET)
    return probe.found


# -- before a unit exists -------------------------------------------------------------------------------------------


def _probe_list(probe: Probe, named: str | None) -> None:
    """Check the URL and the key with the list, or else with an empty update of a named unit; classify the list.

    Raises:
        Unreadable, Unusable: as for ``discover``.
    """
    limit = probe.target.contract.pages(LIST_UNITS).limit(1)
    listing = probe.target.call(LIST_UNITS, query={"limit": limit}) if probe.may_use(LIST_UNITS) else None
    if listing is None or not listing.ok or not isinstance(listing.member(), dict | list):
        if named is None:
            _reject_without_unit(listing)
        _require_api_at(probe.target, named, listing)
    if listing is not None:
        probe.classify_list(listing)


def _reject_without_unit(listing: Exchange | None) -> NoReturn:
    """Explain why a target without a usable list cannot be judged if no unit is named.

    Raises:
        Unreadable: the list is declared as JSON and cannot be parsed.
        Unusable: any other reason.
    """
    if listing is None or listing.meaning in MISSING_ROUTE:
        evidence = f" ({listing.outcome_with_url})" if listing else ""
        raise Unusable(
            f"it serves no list of business units{evidence}: is the base URL right? "
            "A target that serves only the update of governance needs --business-unit ID"
        )
    _require_accepted_key(listing)
    if listing.media_type != "application/json":
        raise _not_this_api(listing)
    if listing.ok:
        raise Unreadable(_NOT_JSON)
    raise Unusable(
        f"the business units cannot be listed ({listing.outcome_with_url}); "
        "name one with --business-unit ID to judge the other operations"
    )


def _require_api_at(target: Target, named: str, listing: Exchange | None) -> None:
    """Check with an empty update of a named unit that the target serves this API.

    Raises:
        Unreadable: a response is declared as JSON and cannot be parsed.
        Unusable: the key is rejected, the unit does not exist, or the response is not of this API.
    """
    if not target.serves(UPDATE_GOVERNANCE):
        raise Unusable("the business units cannot be listed, and the contract has no update of governance to try")
    update = _update_nothing(target, named)
    _require_accepted_key(update)
    if update.ok and isinstance(update.member(), dict):
        return
    if any(one is not None and one.ok and one.media_type == "application/json" for one in (listing, update)):
        raise Unreadable(_NOT_JSON)
    raise _not_this_api(update)


def _require_accepted_key(exchange: Exchange) -> None:
    if exchange.meaning in (401, 403):
        raise Unusable(f"it rejects the management key in GOVERNANCE_API_KEY ({exchange.outcome_with_url})")


def _not_this_api(exchange: Exchange) -> Unusable:
    kind = exchange.headers.get("content-type", "no Content-Type")
    return Unusable(f"it does not serve the business-unit governance API ({exchange.outcome_with_url}, {kind})")


def _update_nothing(target: Target, named: str) -> Exchange:
    """Send an empty update to a named unit.

    Raises:
        Unusable: the unit does not exist.
    """
    exchange = target.call(UPDATE_GOVERNANCE, {}, path={"id": named})
    _require_existing(exchange, named)
    return exchange


def _require_existing(exchange: Exchange, named: str) -> None:
    if exchange.meaning == 404:
        raise Unusable(f"it has no business unit {named!r} (404 on {exchange.url})")


def _probe_creation(probe: Probe) -> Unit | None:
    """Create a business unit; return None if that is not possible."""
    if not probe.may_use(CREATE_UNIT, DELETE_UNIT):
        return None
    created = probe.target.call(CREATE_UNIT, {"name": probe.units.new_name()})
    unit = probe.units.register(created)
    if unit is None and created.meaning == 400:  # the target may permit only letters and digits; LIFE-15 judges names
        probe.units.avoid_hyphens()
        unit = probe.units.register(probe.target.call(CREATE_UNIT, {"name": probe.units.new_name()}))
    if unit is None and created.unanswered:
        unit = probe.units.find(created)
    if unit is None and probe.classify(created):
        probe.add_violation(created, "neither the response nor the list has an id of the new unit")
    elif created.unanswered:
        probe.classify(created)
    return unit


# -- on a unit of the run's own: one function for each operation ------------------------------------------------------


def _probe_with_unit(probe: Probe, unit: Unit, team: str | None) -> None:
    """Probe every operation on a unit of the run's own, and delete the unit.

    Raises:
        Unusable: the management key may not update governance, or the named team cannot be assigned.
    """
    if not _finds_unit(probe, unit):
        # A target that does not find the unit that it has just created may return 404 for an operation that it serves.
        probe.not_served = UNSUPPORTED
    steps: tuple[Callable[[Probe, Unit], None], ...] = (
        _probe_creation_of_governance,
        _probe_update,
        _probe_rename,
        partial(probe_teams, team=team),
        _probe_deletion_of_governance,
        _probe_deletion,
    )
    for step in steps:
        if step is _probe_deletion and not probe.may_use(CREATE_UNIT) and not probe.units.named_ids:
            continue  # the run needs this unit, since it cannot create another one
        try:
            step(probe, unit)
        except ConnectionClosed:  # the operation is served; the rules judge how well
            continue
    update = probe.found.problems.get(UPDATE_GOVERNANCE)
    if update is not None and update.kind is ProblemKind.REFUSED:
        raise Unusable(f"{update.reason}: nothing can be judged without it")


def _finds_unit(probe: Probe, unit: Unit) -> bool:
    """Probe getBusinessUnit; return whether a read or an update finds the unit."""
    updatable = probe.may_use(UPDATE_GOVERNANCE)
    if updatable:
        with suppress(ConnectionClosed):
            updatable = probe.target.call(UPDATE_GOVERNANCE, {}, path=unit.path).meaning not in MISSING_ROUTE
    if not probe.may_use(GET_UNIT):
        return updatable
    try:
        read = probe.target.call(GET_UNIT, path=unit.path)
    except ConnectionClosed:
        return True
    probe.classify_read(read, MISSING_ROUTE if updatable else UNSUPPORTED)
    members = probe.target.knowledge.members
    if members.undeclared_in(read.member()):
        with suppress(ConnectionClosed):
            members.learn(read.member(), probe.target.call(GET_UNIT, path=unit.path).member())
    return updatable or read.meaning not in MISSING_ROUTE


def _body(probe: Probe, component: str, settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a body with one component, within the bounds of the contract."""
    return {component: fit(probe.target.contract, component, settings)}


def _has_governance(unit: Unit) -> bool:
    """Whether a read shows that a unit has governance."""
    fetched = unit.fetch()
    return fetched.ok and any(component_of(unit_in(fetched), component) for component in COMPONENTS)


def _has_budget(unit: Unit, wanted: Mapping[str, Any]) -> bool:
    """Whether a read shows the limit of a budget."""
    return bool((component_of(unit_in(unit.fetch()), "budget") or {}).get("max_limit") == wanted["max_limit"])


def _probe_creation_of_governance(probe: Probe, unit: Unit) -> None:
    if not probe.may_use(CREATE_GOVERNANCE):
        return
    budget, rate_limit = _body(probe, "budget", _BUDGET), _body(probe, "rate_limit", _RATE_LIMIT)
    exchange = unit.create_governance(budget)
    if exchange.meaning == 409:
        return  # the unit already has governance; the rules judge whether it should
    for other in (rate_limit, {**budget, **rate_limit}):
        # The operation is usable if it accepts any of the three bodies. CREATE-07 judges each of them.
        if exchange.meaning == 400 and unit.create_governance(other).ok:
            return
    probe.classify_change(exchange, lambda: _has_governance(unit), probe.not_served)


def _probe_update(probe: Probe, unit: Unit) -> None:
    """Probe the update of governance, which is broken if every update is rejected."""
    if not probe.may_use(UPDATE_GOVERNANCE):
        return
    accepted, budget = False, _body(probe, "budget", _OTHER_BUDGET)
    for body in ({}, _body(probe, "rate_limit", _RATE_LIMIT), budget):
        exchange = probe.target.call(UPDATE_GOVERNANCE, body, path=unit.path)
        accepted = accepted or exchange.ok
        if exchange.ok and not is_empty(exchange):
            break
    else:
        if exchange.ok or not accepted:
            probe.classify_change(exchange, lambda: _has_budget(unit, budget["budget"]), probe.not_served)
    if probe.may_use(UPDATE_GOVERNANCE):
        _look_for_components(probe, unit)


def _look_for_components(probe: Probe, unit: Unit) -> None:
    """Find the components that no response shows, in whichever way they are set."""
    wanted = {**_body(probe, "budget", _OTHER_BUDGET), **_body(probe, "rate_limit", _RATE_LIMIT)}
    with suppress(Blocked):  # the rules judge a unit that cannot be read
        entity = unit.prepare_state(**wanted)
        hidden = [component for component in COMPONENTS if component_of(entity, component) is None]
        if hidden and (update := unit.put({component: wanted[component] for component in hidden})).ok:
            probe.add_hidden(hidden, update)


def _probe_deletion_of_governance(probe: Probe, unit: Unit) -> None:
    if not probe.may_use(DELETE_GOVERNANCE):
        return
    if not _has_governance(unit):
        create = UPDATE_GOVERNANCE if probe.may_use(UPDATE_GOVERNANCE) else CREATE_GOVERNANCE
        if probe.may_use(create):
            probe.target.call(create, _body(probe, "budget", _BUDGET), path=unit.path)
    # 404 also means that there is no governance to delete.
    governed = _has_governance(unit)
    exchange = probe.target.call(DELETE_GOVERNANCE, path=unit.path)
    missing = probe.not_served if governed else UNSUPPORTED
    probe.classify_change(exchange, lambda: not governed or not _has_governance(unit), missing)
    learns = exchange.ok and probe.may_use(UPDATE_GOVERNANCE)  # whether an update can set a first component
    for first in (_body(probe, "budget", _BUDGET), _body(probe, "rate_limit", _RATE_LIMIT)) if learns else ():
        if probe.target.call(UPDATE_GOVERNANCE, first, path=unit.path).ok:
            probe.target.call(DELETE_GOVERNANCE, path=unit.path)


def _probe_rename(probe: Probe, unit: Unit) -> None:
    if not probe.may_use(RENAME_UNIT):
        return
    name = probe.units.new_name()
    exchange = probe.target.call(RENAME_UNIT, {"name": name}, path=unit.path)
    probe.classify_change(exchange, lambda: (unit_in(unit.fetch()) or {}).get("name", name) == name, probe.not_served)


def _probe_deletion(probe: Probe, unit: Unit) -> None:
    exchange = probe.target.call(DELETE_UNIT, path=unit.path)
    # 404 also means that the unit is already gone.
    gone = exchange.meaning == 404 and unit.fetch().meaning == 404
    probe.classify_change(exchange, lambda: unit.fetch().meaning == 404, UNSUPPORTED if gone else probe.not_served)


# -- on the units that the user named -------------------------------------------------------------------------------


def _record_first_named(probe: Probe, named: str) -> None:
    """Record the state of the first named unit, to restore it, and whether it has usage.

    Raises:
        Unusable: the unit does not exist.
        Blocked: the unit cannot be read.
    """
    first = probe.target.call(GET_UNIT, path={"id": named}) if probe.may_use(GET_UNIT) else None
    updatable = UPDATE_GOVERNANCE in probe.target.contract.operations
    if first is None or (updatable and (not first.ok or is_empty(first))):
        update = _update_nothing(probe.target, named)
        if first is not None:
            probe.classify_read(first)
        first = update
    # The first read is recorded, since a read may change the unit of a broken target. If it shows no usage, a second
    # one may: another rule judges whether reads agree.
    recorded = probe.units.record_original(named, first)
    # A broken update might spend the usage, and could not restore the governance.
    can_be_restored = UPDATE_GOVERNANCE not in probe.target.broken
    if can_be_restored and (_has_usage(recorded) or _has_usage(require_unit_in(probe.units.named().fetch()))):
        probe.found.needs.add(Need.USAGE)


def _record_second_named(probe: Probe) -> None:
    """Record the state of the second named unit, if any, to restore it. Errors as for ``_record_first_named``."""
    second = probe.units.second_named()
    if second is not None:
        read = second.fetch()
        _require_existing(read, second.id)
        probe.units.record_original(second.id, read)


def _has_usage(entity: UnitState) -> bool:
    return any((component_of(entity, component) or {}).get(member) for component in COMPONENTS for member in USAGE)
