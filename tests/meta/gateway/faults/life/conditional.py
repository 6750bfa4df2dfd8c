"""Servers with faults of the other modules, but only after five changes of a unit."""

from __future__ import annotations

from ...assembly import on_condition
from ...conditional import LATER
from .after_deletion import DeletedUnitReadAfterRename
from .earlier_names import (
    FormerNameStaysTaken,
    NameOfDeletedRenamedUnitStaysTaken,
    OwnNewNameRefused,
    RenamedNameAcceptedAgain,
)
from .governance import governance_deletion_keeps_rate_limit
from .stored_names import unescaped_names_read_as_latin_1
from .teams import assignment_not_stored, removal_of_team_removes_all, team_moved_silently, unknown_team_assigned

CONDITIONAL = on_condition(
    __name__,
    {
        "renamed-name-accepted-again-later": (RenamedNameAcceptedAgain, LATER),
        "deleted-unit-read-after-rename-later": (DeletedUnitReadAfterRename, LATER),
        "governance-deletion-keeps-rate-limit-later": (governance_deletion_keeps_rate_limit, LATER),
        "former-name-stays-taken-later": (FormerNameStaysTaken, LATER),
        "assignment-not-stored-later": (assignment_not_stored, LATER),
        "team-moved-silently-later": (team_moved_silently, LATER),
        "unknown-team-assigned-later": (unknown_team_assigned, LATER),
        "unescaped-names-read-as-latin-1-later": (unescaped_names_read_as_latin_1, LATER),
        "name-of-deleted-renamed-unit-stays-taken-later": (NameOfDeletedRenamedUnitStaysTaken, LATER),
        "own-new-name-refused-later": (OwnNewNameRefused, LATER),
        "removal-of-team-removes-all-later": (removal_of_team_removes_all, LATER),
    },
)
