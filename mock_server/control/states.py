"""Operations on the state as a whole: seed documents, snapshots, teams, sandboxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from mock_server.control.clock import SimulatedClock
from mock_server.control.errors import ControlError
from mock_server.control.pipeline import ControlCall, ControlFunction
from mock_server.control.usage import Amounts, Meters, settle_and_get_rates
from mock_server.domain.model import BusinessUnit, Team
from mock_server.domain.representations import team_json, timestamp
from mock_server.sandbox import Clock, Sandbox
from mock_server.seeds.reader import SeedError, document_of, schema_path
from mock_server.seeds.state import State, replace_stored, stored
from mock_server.store import Transaction

MOST_SNAPSHOTS = 100
MOST_SANDBOXES = 200


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a sandbox at one moment. Units and teams are values that never change, so nothing is copied."""

    units: Sequence[BusinessUnit]
    teams: Sequence[Team]
    rates: Mapping[str, Amounts]
    clock: Clock
    now: datetime


def _fill(sandbox: Sandbox, state: State) -> None:
    replace_stored(sandbox.store, state.units, state.teams)
    sandbox.meters = Meters(sandbox, state.rates) if state.rates else None


@contextmanager
def _clock_set(sandbox: Sandbox, clock: Clock) -> Iterator[None]:
    """Set the clock of a sandbox, and set it back if the block fails, such as by an outage of the store."""
    before, sandbox.clock = sandbox.clock, clock
    try:
        yield
    except BaseException:
        sandbox.clock = before
        raise


def get_seed_schema(call: ControlCall) -> Any:
    """Return the JSON Schema of seed documents."""
    import json

    return json.loads(schema_path().read_bytes())


def get_state(call: ControlCall) -> Any:
    """Return everything as a seed document."""
    with call.sandbox.lock:
        return exported(call.sandbox)


def exported(sandbox: Sandbox) -> dict[str, Any]:
    """Return the state of a sandbox as a seed document."""
    rates = settle_and_get_rates(sandbox)
    return document_of(State(*stored(sandbox.store), rates))


def put_state(call: ControlCall) -> None:
    """Replace everything by a seed document."""
    sandbox = call.sandbox
    with sandbox.lock:
        try:
            state = call.context.seed_reader.state(call.body, sandbox.clock(), sandbox.new_id)
        except SeedError as error:
            raise ControlError(HTTPStatus.BAD_REQUEST, error.reason, error.pointer) from None
        _fill(sandbox, state)
    sandbox.touch()


def reset(call: ControlCall) -> None:
    """Go back to the seed, and end everything that is simulated."""
    back_to_seed(call.sandbox)


def back_to_seed(sandbox: Sandbox) -> None:
    """Give a sandbox the state of its seed and real time. Nothing fails or is metered any more."""
    with sandbox.lock:
        with _clock_set(sandbox, sandbox.real_clock):
            _fill(sandbox, sandbox.restart_from_seed())
        sandbox.chaos = None
    sandbox.touch()


def list_teams(call: ControlCall) -> Any:
    """Return all teams with their units."""
    _, teams = stored(call.sandbox.store)
    return {"teams": [_team(team) for team in teams]}


def _team(team: Team) -> dict[str, Any]:
    return team_json(team) | ({} if team.unit_id is None else {"business_unit_id": team.unit_id})


def create_team(call: ControlCall) -> Any:
    """Create a team without a unit."""
    team = Team(call.body.get("id") or call.sandbox.new_id(), call.body["name"])
    try:
        call.context.seed_reader.check_team(team)
    except SeedError as error:
        raise ControlError(HTTPStatus.BAD_REQUEST, error.reason, error.pointer) from None

    def work(tx: Transaction) -> None:
        if tx.team(team.id) is not None:
            raise ControlError(HTTPStatus.CONFLICT, f"there is a team with the id {team.id!r}", "/id")
        tx.put_team(team)

    call.sandbox.store.run(work)
    call.sandbox.touch()
    return _team(team)


def delete_team(call: ControlCall) -> None:
    """Delete a team."""
    [team_id] = call.path

    def work(tx: Transaction) -> None:
        if tx.team(team_id) is None:
            raise ControlError(HTTPStatus.NOT_FOUND, f"there is no team {team_id!r}")
        tx.delete_team(team_id)

    call.sandbox.store.run(work)
    call.sandbox.touch()


def list_snapshots(call: ControlCall) -> Any:
    """Return the snapshots."""
    return {"snapshots": [_snapshot(name, snapshot) for name, snapshot in call.sandbox.snapshots.items()]}


def _snapshot(name: str, snapshot: Snapshot) -> dict[str, Any]:
    return {"name": name, "now": timestamp(snapshot.now), "business_units": len(snapshot.units)}


def take_snapshot(call: ControlCall) -> Any:
    """Keep the state under a name."""
    sandbox, [name] = call.sandbox, call.path
    with sandbox.lock:
        if name not in sandbox.snapshots and len(sandbox.snapshots) >= MOST_SNAPSHOTS:
            raise ControlError(HTTPStatus.CONFLICT, f"there are {MOST_SNAPSHOTS} snapshots; delete one of them")
        rates = settle_and_get_rates(sandbox)
        now = sandbox.clock()
        clock = sandbox.clock
        if isinstance(clock, SimulatedClock):
            clock = SimulatedClock(clock.real, clock.began, now, clock.speed, clock.frozen)
        snapshot = Snapshot(*stored(sandbox.store), rates, clock, now)
        sandbox.snapshots[name] = snapshot
    return _snapshot(name, snapshot)


def _existing(call: ControlCall) -> Snapshot:
    [name] = call.path
    if name not in call.sandbox.snapshots:
        raise ControlError(HTTPStatus.NOT_FOUND, f"there is no snapshot {name!r}")
    return call.sandbox.snapshots[name]


def restore_snapshot(call: ControlCall) -> None:
    """Go back to a snapshot."""
    sandbox = call.sandbox
    with sandbox.lock:
        snapshot = _existing(call)
        clock = snapshot.clock
        with _clock_set(sandbox, clock.restarted() if isinstance(clock, SimulatedClock) else clock):
            _fill(sandbox, State(snapshot.units, snapshot.teams, snapshot.rates))
    sandbox.touch()


def delete_snapshot(call: ControlCall) -> None:
    """Delete a snapshot."""
    with call.sandbox.lock:
        _existing(call)
        del call.sandbox.snapshots[call.path[0]]


def list_sandboxes(call: ControlCall) -> Any:
    """Return the sandboxes."""
    return {"sandboxes": [_sandbox(sandbox.name) for sandbox in call.context.sandboxes]}


def _sandbox(name: str) -> dict[str, Any]:
    return {"name": name, "base_path": f"/s/{name}"}


def create_sandbox(call: ControlCall) -> Any:
    """Create a sandbox with the state of the seed."""
    sandboxes, name = call.context.sandboxes, call.body["name"]
    with sandboxes.lock:
        if sandboxes.get(name) is not None:
            message = f"there is a sandbox {name!r}; POST /s/{name}/_mock/reset puts it back to the seed"
            raise ControlError(HTTPStatus.CONFLICT, message, "/name")
        if len(sandboxes) >= MOST_SANDBOXES:
            raise ControlError(HTTPStatus.CONFLICT, f"there are {MOST_SANDBOXES} sandboxes; delete one of them")
        sandboxes.add(name)
    return _sandbox(name)


def delete_sandbox(call: ControlCall) -> None:
    """Delete a sandbox."""
    sandboxes, [name] = call.context.sandboxes, call.path
    with sandboxes.lock:
        if sandboxes.get(name) is None:
            raise ControlError(HTTPStatus.NOT_FOUND, f"there is no sandbox {name!r}")
        if name == sandboxes.main.name:
            raise ControlError(HTTPStatus.CONFLICT, f"the sandbox {name!r} cannot be deleted")
        sandboxes.remove(name)


OPERATIONS: Mapping[str, ControlFunction] = {
    "getSeedSchema": get_seed_schema,
    "getState": get_state,
    "putState": put_state,
    "reset": reset,
    "listTeams": list_teams,
    "createTeam": create_team,
    "deleteTeam": delete_team,
    "listSnapshots": list_snapshots,
    "takeSnapshot": take_snapshot,
    "restoreSnapshot": restore_snapshot,
    "deleteSnapshot": delete_snapshot,
    "listSandboxes": list_sandboxes,
    "createSandbox": create_sandbox,
    "deleteSandbox": delete_sandbox,
}
