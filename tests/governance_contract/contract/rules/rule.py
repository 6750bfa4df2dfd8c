"""A rule, its level, and what it needs of a target."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .. import operation_ids


class Level(StrEnum):
    """The level of a rule, in the words of RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class Need(StrEnum):
    """A capability of the target that a rule needs. Without it, the rule is skipped, and the report shows this text."""

    UNIT = "a business unit can be created and deleted, or one is named (--business-unit)"
    OWN_UNITS = "the target lets the checks create and delete business units of their own"
    READ = f"the target serves {operation_ids.GET_UNIT}"
    LIST = f"the target serves {operation_ids.LIST_UNITS}"
    RENAME = f"the target serves {operation_ids.RENAME_UNIT}, an operation of the second edition"
    CREATE_GOVERNANCE = f"the target serves {operation_ids.CREATE_GOVERNANCE}"
    DELETE_GOVERNANCE = f"the target serves {operation_ids.DELETE_GOVERNANCE}"
    TEAM = "the target serves the team operations and a team without a business unit is named (--team)"
    RESET = "the contract in use says that enabling alignment starts a new period"
    USAGE = "a business unit whose budget or rate limit has usage is named (--business-unit)"


@dataclass(frozen=True)
class Rule:
    """One requirement."""

    id: str
    level: Level
    title: str
    citations: tuple[str, ...]
    """The places of the normative text. The first citation of a MUST rule is in the published contract."""
    needs: tuple[Need, ...] = ()
    thorough: bool = False
    """Whether the rule takes so long that it is judged only in a thorough run, or if its id is named."""

    @property
    def area(self) -> str:
        """The part of the id before the number."""
        return self.id.rpartition("-")[0]


MUST, SHOULD = Level.MUST, Level.SHOULD
