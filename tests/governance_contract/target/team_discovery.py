"""Probes the operations of teams, as a part of `discovery.py`."""

from __future__ import annotations

from ..contract.operation_ids import ASSIGN_TEAM, LIST_TEAMS, REMOVE_TEAM
from .classification import UNSUPPORTED, Probe, ProblemKind, is_empty
from .credentials import NONE
from .errors import Unusable
from .unit import NO_SUCH_TEAM, Unit


def probe_teams(probe: Probe, unit: Unit, team: str | None) -> None:
    """Probe the three team operations with the team that the user named, or else with one that does not exist."""
    if probe.may_use(ASSIGN_TEAM):
        _probe_assignment(probe, unit) if team is None else _assign_named_team(probe, unit, team)
    assigned = team if probe.may_use(ASSIGN_TEAM) else None
    if probe.may_use(LIST_TEAMS):
        listing = probe.target.call(LIST_TEAMS, path=unit.path)
        probe.classify_list(listing)
        # LIFE-08 judges whether an assigned team is listed. If it is not listed, it may not be assigned.
        if assigned is not None and probe.may_use(LIST_TEAMS) and not _has_team(probe, unit, assigned):
            assigned = None
    if probe.may_use(REMOVE_TEAM):
        _probe_removal(probe, unit) if assigned is None else _remove_assigned_team(probe, unit, assigned)


def _probe_assignment(probe: Probe, unit: Unit) -> None:
    """Probe the assignment with a body without a team, which must be rejected."""
    exchange = probe.target.call(ASSIGN_TEAM, {}, path=unit.path)
    if probe.classify(exchange, not_served=probe.not_served, valid=False) and is_empty(exchange):
        probe.add_violation(exchange, "without a team in the body", rule="VALID-18")


def _assign_named_team(probe: Probe, unit: Unit, team: str) -> None:
    """Probe the assignment with the named team.

    Raises:
        Unusable: the team does not exist, or belongs to a unit.
    """
    exchange = probe.target.call(ASSIGN_TEAM, {"team_id": team}, path=unit.path)
    if exchange.meaning == 404 and 404 in probe.not_served:
        # The response to a body without a team shows whether the route or the team is missing.
        if probe.classify(probe.target.call(ASSIGN_TEAM, {}, path=unit.path), valid=False):
            raise Unusable(f"it has no team {team!r} ({exchange.outcome_with_url})")
        return
    if exchange.meaning == 409:
        raise Unusable(f"team {team!r} belongs to a business unit; name one without with --team")
    probe.classify_change(exchange, lambda: _has_team(probe, unit, team), UNSUPPORTED)


def _has_team(probe: Probe, unit: Unit, team: str) -> bool:
    """Whether a team is listed with a unit."""
    listing = probe.target.call(LIST_TEAMS, path=unit.path, query=probe.target.contract.pages(LIST_TEAMS).first())
    return team in [entry.get("id") for entry in listing.entries("teams")]


def _remove_assigned_team(probe: Probe, unit: Unit, team: str) -> None:
    exchange = probe.target.call(REMOVE_TEAM, path={**unit.path, "team_id": team})
    probe.classify_change(
        exchange, lambda: not probe.may_use(LIST_TEAMS) or not _has_team(probe, unit, team), probe.not_served
    )


def _probe_removal(probe: Probe, unit: Unit) -> None:
    """Probe the removal with a team that does not exist, which must be rejected."""
    path = {**unit.path, "team_id": NO_SUCH_TEAM}
    exchange = probe.target.call(REMOVE_TEAM, path=path)
    if exchange.meaning == 404 and probe.target.call(REMOVE_TEAM, path=path, credential=NONE).meaning == 404:
        text = f"without --team, 404 can mean a missing route or an unknown team: {probe.describe(exchange)}"
        probe.add_problem(REMOVE_TEAM, ProblemKind.LEFT_OUT, text, exchange)
    elif probe.classify(exchange, not_served=UNSUPPORTED, valid=False) and is_empty(exchange):
        probe.add_violation(exchange, "for a team that does not exist", rule="LIFE-10")
