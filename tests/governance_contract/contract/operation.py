"""An operation of the contract: its path, its statuses by their meaning, and the parameters that a request needs.

The checks name a status by its usual number, such as 409 for a conflict. A contract may declare another one, such as
422; that one then stands in for the usual one. Paths have the placeholders ``{id}`` and ``{team_id}``, whatever names
the contract gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from .operation_ids import ASSIGN_TEAM, CREATE_GOVERNANCE, CREATE_UNIT, RENAME_UNIT

_CONFLICTS = (ASSIGN_TEAM, CREATE_GOVERNANCE, CREATE_UNIT, RENAME_UNIT)
"""The operations that can conflict with the stored state."""
_MEANINGS: Mapping[int, tuple[int, ...]] = {422: (409, 400), 410: (404,), 412: (409,), 423: (409,)}
"""The usual statuses that another one stands in for if the contract lacks them."""
_USUAL = (400, 401, 404, 405, 409, 413, 500)
_OTHER_MEANINGS = frozenset({403, 406, 407, 408, 411, 414, 415, 426, 428, 429, 431, 451})
"""Statuses with a meaning of their own. They stand in for a usual status only if nothing else can."""


@dataclass(frozen=True)
class Operation:
    """One operation of the contract."""

    id: str
    method: str
    path: str
    """The base path of the contract's server and the path template, with ``{id}`` and ``{team_id}``."""
    template: str
    """The path as the contract has it."""
    path_parameters: tuple[str, ...]
    """The contract's names of the path parameters, in the order of the path."""
    published: bool
    secured: bool
    """Whether a request needs a management key."""
    parameters: tuple[Mapping[str, Any], ...]
    body_schema: str | None
    responses: Mapping[str, str | None]
    """The JSON pointer of the response schema by status, range (``5XX``) or ``default``; None without a JSON schema."""
    published_responses: frozenset[str]
    """The keys of ``responses`` that the published page has."""
    needed_headers: Mapping[str, str]
    """An example of each required header field."""
    needed_query: Mapping[str, Any]
    """An example of each required query parameter."""
    permits: Callable[[bytes | None], bool] = field(repr=False, compare=False)
    """Whether the contract permits a request body: its full schema, and which durations can be aligned."""

    @property
    def writes(self) -> bool:
        """Whether the operation changes state (RFC 9110 section 9.2.1: GET is safe)."""
        return self.method != "GET"

    @property
    def needs_unit(self) -> bool:
        """Whether the path of the operation contains the id of a business unit."""
        return "{id}" in self.path

    @property
    def successes(self) -> tuple[int, ...]:
        """The declared statuses of a success; 200 if the contract declares only a range or a default."""
        declared = sorted(int(key) for key in self.responses if key.isdecimal() and key.startswith("2"))
        return tuple(declared) or (200,)

    def declares(self, status: int) -> bool:
        """Whether the contract declares a status, itself or by a range or a default."""
        if 200 <= status < 300 and "2XX" not in self.responses:
            return status in self.successes
        return self.key_of(status) is not None

    def leaves_open(self, status: int) -> bool:
        """Whether the contract does not say how the operation answers what this usual status means."""
        return status in self._needed and not self.declares(status) and status not in self._stand_ins

    def key_of(self, status: int) -> str | None:
        """Return the key of the declared response for a status: itself, its range, or ``default``."""
        keys = (str(status), f"{status // 100}XX", "default")
        return next((key for key in keys if key in self.responses), None)

    def declared(self, usual: int) -> int:
        """Return the status that the contract declares for what a usual status means."""
        return self.successes[0] if usual == 200 else self._stand_ins.get(usual, usual)

    def usual(self, status: int) -> int:
        """Return the usual status for what a status means. The inverse of ``declared``."""
        if status in self.successes:
            return 200
        return next((usual for usual, other in self._stand_ins.items() if other == status), status)

    @property
    def _needed(self) -> tuple[int, ...]:
        """The usual statuses that the operation needs, the most likely ones to be replaced first."""
        optional = ((404, self.needs_unit), (409, self.id in _CONFLICTS), (413, self.body_schema is not None))
        needed = [status for status, is_needed in optional if is_needed]
        return (400, *(status for status in needed if status != 413), 500, 401, 405, *(s for s in needed if s == 413))

    @cached_property
    def _stand_ins(self) -> Mapping[int, int]:
        """The declared statuses that stand in for usual ones."""
        missing = [usual for usual in self._needed if str(usual) not in self.responses]
        uncovered = [usual for usual in missing if self.key_of(usual) is None]
        declared = sorted(int(key) for key in self.responses if key.isdecimal() and key >= "4")
        others = [status for status in declared if status not in _USUAL]
        stand_ins: dict[int, int] = {}
        for status in others:
            _assign(stand_ins, status, [usual for usual in _MEANINGS.get(status, ()) if usual in missing])
        for status in others:
            if status not in _OTHER_MEANINGS:
                _assign(stand_ins, status, uncovered)
        for status in others:
            _assign(stand_ins, status, [usual for usual in uncovered if usual in (400, 404, 409)])
        return stand_ins


def fill_path(path: str, values: Mapping[str, str]) -> str:
    """Return a path with values of ``id`` and ``team_id``, which are percent-encoded, in place of its placeholders."""
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


def _assign(stand_ins: dict[int, int], status: int, candidates: Iterable[int]) -> None:
    """Let a status stand in for the first candidate of its class that has no stand-in yet."""
    free = [usual for usual in candidates if usual not in stand_ins and usual // 100 == status // 100]
    if free and status not in stand_ins.values():
        stand_ins[free[0]] = status
