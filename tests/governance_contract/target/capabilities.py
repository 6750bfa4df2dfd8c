"""What a target offers to be judged on: found out before the first rule, on units of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..contract.rules import Need
from .business_units import COMPONENTS, Governance, Units, Unusable, component, shown
from .exchange import Exchange
from .target import ConnectionClosed, Target

_PUT = "updateBusinessUnitGovernance"
_NOT_SERVED = (404, 405)
_NO_OWN_UNITS = "the target does not let the checks create and delete business units of their own"
_SERVED: dict[Need, str] = {
    Need.OWN_UNITS: "createBusinessUnit",
    Need.LIST: "listBusinessUnits",
    Need.READ: "getBusinessUnit",
    Need.RENAME: "updateBusinessUnit",
    Need.POST_GOVERNANCE: "createBusinessUnitGovernance",
    Need.DELETE_GOVERNANCE: "deleteBusinessUnitGovernance",
}


class Unreadable(Exception):
    """What the target says is JSON is no document of this API: it can be judged for that, and for nothing else."""


def discover(target: Target, units: Units, *, named: Sequence[str], team: str | None) -> set[Need]:
    """Find out what the target serves, and note on the target which operations it does not.

    Without units of our own only reads and the update of governance are used: a rule about deletion or renaming has no
    business with a unit that is somebody else's.

    Raises:
        Unreachable: there is no HTTP answer.
        Unusable: the target answers something else than this API, refuses the management key, or has nothing to judge.
        Unreadable: its answers are called JSON and are none, or hold no object nor list.
        Blocked: a named unit cannot be read.
    """
    unit_id = named[0] if named else None
    if not isinstance(_knock(target, unit_id).member(), dict | list):
        raise Unreadable("its answers cannot be read: application/json that holds no JSON object")
    if obstacle := _own_unit_serves(target, units):
        target.not_served |= set(target.contract.operations) - {_PUT, "getBusinessUnit", "listBusinessUnits"}
        if unit_id is None:
            raise Unusable(f"{obstacle}; name a business unit that may be changed with --business-unit ID")
    found = {need for need, operation in _SERVED.items() if target.serves(operation)}
    if unit_id is not None:
        first = target.call("getBusinessUnit", path={"id": unit_id}) if target.serves("getBusinessUnit") else None
        if first is None or first.status in _NOT_SERVED:
            first = _named_is_there(target, unit_id)
            target.not_served.add("getBusinessUnit")
            found.discard(Need.READ)
        # The first look at it: reading alone should change nothing, and may. Where it shows no usage the next one may:
        # that reads agree is a rule.
        if _has_usage(units.remember(unit_id, first)) or _has_usage(shown(units.named().look())):
            found.add(Need.USAGE)
        if (spare := units.spare()) is not None:
            look = spare.look()
            if look.status == 404:
                raise Unusable(f"it has no business unit {spare.id!r} (404 on {look.url})")
            units.remember(spare.id, look)
    if team is not None and target.serves("assignTeamToBusinessUnit"):
        _team_is_free(target, units, team)
        found.add(Need.TEAM)
    return found


def _team_is_free(target: Target, units: Units, team: str) -> None:
    unit = units.create()
    answer = target.call("assignTeamToBusinessUnit", {"team_id": team}, path=unit.path)
    # A target that does not know the unit it has just created says 404, too.
    known = target.call(_PUT, {}, path=unit.path).status != 404
    target.call("removeTeamFromBusinessUnit", path={**unit.path, "team_id": team})
    units.forget(unit)
    if answer.status == 404 and known:
        raise Unusable(f"it has no team {team!r}")
    if answer.status == 409:
        raise Unusable(f"team {team!r} belongs to a business unit; name one without with --team")


def _knock(target: Target, named: str | None) -> Exchange:
    """Tell a wrong URL and a wrong key from a target that does not conform; return its first answer, a success."""
    answer = target.call("listBusinessUnits", query={"limit": 1}) if target.serves("listBusinessUnits") else None
    if answer is None or answer.status in _NOT_SERVED:
        target.not_served.add("listBusinessUnits")
        if named is None:
            told = f" ({answer.status} on {answer.url})" if answer else ""
            raise Unusable(
                f"it serves no list of business units{told}: is the base URL right? "
                "A target that serves the update of governance alone needs --business-unit ID"
            )
        answer = _named_is_there(target, named)
    if answer.status in (401, 403):
        raise Unusable(f"it refuses the management key in GOVERNANCE_API_KEY ({answer.outcome})")
    if not answer.ok or (answer.media_type != "application/json" and not isinstance(answer.member(), dict)):
        kind = answer.headers.get("content-type", "no Content-Type")
        raise Unusable(f"no business-unit governance API is there ({answer.outcome}, {kind})")
    return answer


def _named_is_there(target: Target, named: str) -> Exchange:
    answer = target.call(_PUT, {}, path={"id": named})
    if answer.status == 404:
        raise Unusable(f"it has no business unit {named!r} (404 on {answer.url})")
    return answer


def _own_unit_serves(target: Target, units: Units) -> str:
    """Create a unit, find out what can be done with it, and delete it; return why that cannot be done, if it cannot."""
    if not (target.serves("createBusinessUnit") and target.serves("deleteBusinessUnit")):
        return _NO_OWN_UNITS
    created = target.call("createBusinessUnit", {"name": units.new_name()})
    unit = units.adopt(created)
    if unit is None:
        if created.ok:
            return (
                f"the answer to a creation tells no id ({created.method} {created.url}), so that nothing can be deleted"
            )
        return _NO_OWN_UNITS
    probes: dict[str, Any] = {
        "getBusinessUnit": None,
        "listBusinessUnitTeams": None,
        "createBusinessUnitGovernance": {"budget": {"max_limit": 1, "reset_duration": "1M"}},
        "updateBusinessUnit": {"name": units.new_name()},
        "assignTeamToBusinessUnit": {},
    }
    # A target that does not know the unit it has just created says 404 although it serves the operation.
    known = target.call(_PUT, {}, path=unit.path).status != 404
    for operation in filter(target.serves, probes):
        body = probes[operation]
        try:
            status = target.call(operation, body, path=unit.path).status
        except ConnectionClosed:  # it is served, however badly: for the rules to say
            continue
        if status in (_NOT_SERVED if known else (405,)):
            target.not_served.add(operation)
    if not target.serves("assignTeamToBusinessUnit"):
        target.not_served.add("removeTeamFromBusinessUnit")  # its own 404 cannot be told from an unknown team's
    # 404 also says that there is no governance to delete.
    deletion = "deleteBusinessUnitGovernance"
    if target.serves(deletion) and target.call(deletion, path=unit.path).status == 405:
        target.not_served.add("deleteBusinessUnitGovernance")
    return _NO_OWN_UNITS if target.call("deleteBusinessUnit", path=unit.path).status == 405 else ""


def _has_usage(entity: Governance) -> bool:
    counters = ("current_usage", "token_current_usage", "request_current_usage")
    return any((component(entity, name) or {}).get(counter) for name in COMPONENTS for counter in counters)
