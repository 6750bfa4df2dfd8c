"""The statuses that an operation declares, by their meaning.

The code names a status by its usual number, such as 409 for a conflict. A contract may declare another one, such as
422; that one then stands in for the usual one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

_CONFLICTS = {
    "createBusinessUnit",
    "updateBusinessUnit",
    "assignTeamToBusinessUnit",
    "createBusinessUnitGovernance",
}
"""The operations that can conflict with the stored state."""
_MEANINGS = {422: (409, 400), 410: (404,), 412: (409,), 423: (409,)}
"""The usual statuses that another one stands in for, if the contract lacks them."""
_OTHER_MEANINGS = {403, 406, 407, 408, 411, 414, 415, 426, 428, 429, 431, 451}
"""Statuses with a meaning of their own. They stand in for a usual status only if nothing else can."""


def success(keys: Collection[str]) -> int:
    """Return the status of a success: the lowest one that is declared, or else 200."""
    return min((int(key) for key in keys if key.isdecimal() and key.startswith("2")), default=200)


def response_key(keys: Collection[str], status: int) -> str | None:
    """Return the key of the response for a status: the status itself, its range such as `5XX`, or `default`."""
    return next((key for key in (str(status), f"{status // 100}XX", "default") if key in keys), None)


def stand_ins(keys: Collection[str], operation_id: str, *, has_path_parameters: bool, has_body: bool) -> dict[int, int]:
    """Return the declared statuses that stand in for usual ones which the operation needs and does not declare."""
    needed = (
        (400, True),
        (404, has_path_parameters),
        (409, operation_id in _CONFLICTS),
        (500, True),
        (401, True),
        (405, True),
        (413, has_body),
    )
    missing = [usual for usual, is_needed in needed if is_needed and str(usual) not in keys]
    uncovered = [usual for usual in missing if response_key(keys, usual) is None]
    declared = sorted(int(key) for key in keys if key.isdecimal() and int(key) >= 400)
    others = [status for status in declared if status not in {usual for usual, _ in needed}]
    by_status: dict[int, int] = {}
    for status in others:
        _assign(by_status, status, (usual for usual in _MEANINGS.get(status, ()) if usual in missing))
    for status in others:
        if status not in _OTHER_MEANINGS:
            _assign(by_status, status, uncovered)
    for status in others:
        _assign(by_status, status, (usual for usual in uncovered if usual in (400, 404, 409)))
    return by_status


def _assign(by_status: dict[int, int], status: int, candidates: Iterable[int]) -> None:
    """Let a status stand in for the first candidate of its class that has no stand-in yet."""
    free = (usual for usual in candidates if usual not in by_status and usual // 100 == status // 100)
    usual = next(free, None)
    if usual is not None and status not in by_status.values():
        by_status[usual] = status
