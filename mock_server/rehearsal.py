"""Refuses, at the start, a contract that the mock cannot serve.

The mock answers each operation in advance: with the contract's own examples, on the stored units, and with values at
the bounds of the request schemas. A response that breaks its schema, or a request that the mock cannot handle, is then
found at the start, with the place and the keyword in the contract, and not by a client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from itertools import product
from typing import Any
from uuid import uuid4

from mock_server.api.request_reader import parameter_value
from mock_server.contract.document import Contract, ContractError, Operation, unsupported
from mock_server.contract.validation import MAX_MESSAGE, ResponseBreachError, Validation
from mock_server.domain.model import BusinessUnit, CalendarRules, ChangeContext, GovernanceError, Team, updated
from mock_server.operations import READS, OperationFunction
from mock_server.operations.call import Call
from mock_server.problems import ErrorBodies, Problem
from mock_server.rehearsal_samples import Sample, Samples
from mock_server.store import MemoryStore, Store, Transaction

_UPDATE, _READ, _LIST = "updateBusinessUnitGovernance", "getBusinessUnit", "listBusinessUnits"
_CHANGE_NAMES = {"createBusinessUnit", "updateBusinessUnit"}
"""The operations after which the list shows something else than before."""
_PAGED = {"listBusinessUnits", "listBusinessUnitTeams"}
_COUNTS_OF_PATH_PARAMETERS = {"listBusinessUnits": 0, "createBusinessUnit": 0, "removeTeamFromBusinessUnit": 2}
"""How many identifiers a path has; one unless named here."""
_STORED_UNITS = 20
_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT)


def refuse_unsupported(
    contract: Contract, functions: Mapping[str, OperationFunction], reserved: tuple[str, ...] = ()
) -> None:
    """Raise ContractError for an operation that the mock does not know, or one whose form it does not support.

    No path of the contract may begin as the reserved ones do.
    """
    if not contract.operations:
        raise unsupported("", "paths", "there is no operation")
    for operation in contract.operations.values():
        at = operation.pointer
        if operation.id not in functions:
            raise unsupported(at, "operationId", f"the mock has no operation {operation.id}")
        if reserved and (operation.path == "/" or operation.path.startswith(reserved)):
            places = " and ".join(("/", *reserved))
            raise unsupported(at, "path", f"{operation.path} is a place of control, which has {places}")
        if operation.body_pointer and not operation.body_required:
            raise unsupported(f"{at}/requestBody", "required", f"{operation.id} needs a body")
        if len(operation.path_parameters) != _COUNTS_OF_PATH_PARAMETERS.get(operation.id, 1):
            raise unsupported(at, "parameters", f"{operation.id} has {len(operation.path_parameters)} in its path")
        declared = operation.response(operation.success)
        if declared is None or declared.schema_pointer is None or operation.success in _WITHOUT_BODY:
            raise unsupported(f"{at}/responses", "content", f"a response {operation.success} with JSON is needed")
        if operation.id in _PAGED:
            _refuse_other_pages(operation)
    _refuse_aligned_default(contract)


def _refuse_other_pages(operation: Operation) -> None:
    """Refuse a list whose pages are not counted by `page` and `limit`."""
    known = {parameter.name: parameter for parameter in operation.query_parameters}
    others = [parameter.pointer for name, parameter in known.items() if name not in ("page", "limit", "search")]
    for name in ("page", "limit"):
        if name not in known:
            at = others[0] if others else f"{operation.pointer}/parameters"
            raise unsupported(at, "name", f"no query parameter is called {name}")
        if known[name].type != "integer":
            raise unsupported(known[name].schema_pointer, "type", f"{name} is an integer")
    if "search" in known and known["search"].type != "string":
        raise unsupported(known["search"].schema_pointer, "type", "search is text")


def _refuse_aligned_default(contract: Contract) -> None:
    for name in ("CreateBudgetRequest", "UpdateBudgetRequest", "Budget"):
        at = f"/components/schemas/{name}/properties/calendar_aligned"
        try:
            aligned = contract.at(at)
        except ContractError:
            continue
        if isinstance(aligned, Mapping) and aligned.get("default", False) is not False:
            raise unsupported(at, "default", "budgets are not aligned unless a request asks for it")


def rehearse(
    contract: Contract,
    functions: Mapping[str, OperationFunction],
    validation: Validation,
    errors: ErrorBodies,
    calendar: CalendarRules,
    store: Store,
) -> None:
    """Answer each operation in advance; raises ContractError for an answer that breaks the contract.

    The store is only read. Of many stored units, the first ones are used.
    """
    units, teams = store.run(_some, reads_only=True)
    _refuse_wrong_defaults(contract, validation)
    try:
        _rehearse_errors(contract, validation, errors)
        rehearsal = _Rehearsal(contract, functions, validation, calendar, units, teams)
        for operation in contract.operations.values():
            rehearsal.answer(operation)
    except ResponseBreachError as breach:
        raise unsupported(breach.pointer, breach.keyword, f"the mock's answer breaks it: {breach.reason}") from None


def _refuse_wrong_defaults(contract: Contract, validation: Validation) -> None:
    for operation in contract.operations.values():
        for parameter in operation.query_parameters:
            default = parameter.schema.get("default")
            if "default" in parameter.schema and not validation.allows(parameter.schema_pointer, default):
                raise unsupported(parameter.schema_pointer, "default", f"the schema does not allow {_brief(default)}")


def _some(tx: Transaction) -> tuple[list[BusinessUnit], list[Team]]:
    """Return the first stored units and their teams."""
    units = [entry.unit for entry in tx.page("", 0, _STORED_UNITS).entries]
    return units, [team for unit in units for team in tx.teams_of(unit.id)]


def _rehearse_errors(contract: Contract, validation: Validation, errors: ErrorBodies) -> None:
    """Validate the error body of each declared status. Later only its message differs."""
    for operation in contract.operations.values():
        for key, declared in operation.responses.items():
            if key.isdecimal() and int(key) >= HTTPStatus.BAD_REQUEST and declared.schema_pointer is not None:
                for message in (None, "x" * MAX_MESSAGE):
                    body = errors.body(int(key), message, operation)
                    validation.value(declared.schema_pointer, body, f"{operation.id} {key}")


class _Rehearsal:
    """Answers the operations on the stored units and on two units of its own."""

    def __init__(
        self,
        contract: Contract,
        functions: Mapping[str, OperationFunction],
        validation: Validation,
        calendar: CalendarRules,
        stored: Sequence[BusinessUnit],
        teams: Sequence[Team],
    ) -> None:
        """Prepare the samples of each operation and the units."""
        self._operations, self._functions, self._validation = contract.operations, functions, validation
        self._stored, self._teams = stored, teams
        self._context = ChangeContext(datetime.now(UTC), lambda: str(uuid4()), calendar)
        samples = {operation.id: Samples(contract, validation, operation) for operation in contract.operations.values()}
        self._queries = {name: list(sample.queries()) for name, sample in samples.items()}
        self._bodies = {name: list(sample.bodies()) for name, sample in samples.items()}
        self._own = list(self._own_units())

    def _own_units(self) -> Iterator[BusinessUnit]:
        """Yield a unit without governance, and one with both components if the contract has the update."""
        bare = BusinessUnit(
            id=str(uuid4()), name="Rehearsal", created_at=self._context.now, updated_at=self._context.now
        )
        yield bare
        for body, *_ in self._bodies.get(_UPDATE, [])[:1]:
            # If this fails, the rehearsal of the update itself names the reason.
            with suppress(GovernanceError, LookupError, TypeError, AttributeError):
                yield updated(bare, body, self._context)

    def answer(self, operation: Operation) -> None:
        """Answer one operation with each sample of its queries and bodies."""
        query, *queries = self._queries[operation.id]
        if not self._bodies[operation.id]:
            return  # no sample satisfies the schema of the body
        body, *bodies = self._bodies[operation.id]
        for unit in (*self._own, *self._stored):
            self._try(operation, unit, query, body)
        for other in queries:
            self._try(operation, self._own[-1], other, body)
        for unit, other in product(self._own, bodies):
            self._try(operation, unit, query, other)
        if operation.id in READS:
            self._answer_emptiness(operation)

    def _answer_emptiness(self, operation: Operation) -> None:
        """Answer a read of a store without teams and, if it needs no unit, without units."""
        count = len(operation.path_parameters)
        unit = self._own[0]
        store = MemoryStore([unit] if count else [], [])
        store.run(partial(self._run, operation, self._queries[operation.id][0].value, None, (unit.id,)[:count]))

    def _try(self, operation: Operation, unit: BusinessUnit, query: Sample, body: Sample) -> None:
        """Answer one request and validate the response, and the reads after it."""
        team = Team(str(uuid4()), "Rehearsal", unit.id)
        teams = [*self._teams, team]
        if isinstance(body.value, dict) and isinstance(body.value.get("team_id"), str):
            teams.append(Team(body.value["team_id"], "Rehearsal"))
        store = MemoryStore([*self._stored, unit], teams)
        self._check_path(operation, (unit.id, team.id))
        path = (unit.id, team.id)[: len(operation.path_parameters)]
        try:
            store.run(partial(self._run, operation, query.value, body.value, path))
            for read in [_READ, _LIST] if operation.id in _CHANGE_NAMES else [_READ] if body.value is not None else []:
                self._read(read, store, unit)
        except (GovernanceError, Problem):
            return  # a refusal
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            unusual = body if body.pointer else query
            reason = f"{operation.id} cannot handle {_brief(body.value)}: {type(error).__name__}: {error}"
            raise unsupported(unusual.pointer, unusual.keyword, reason) from error

    def _check_path(self, operation: Operation, identifiers: Sequence[str]) -> None:
        for parameter, identifier in zip(operation.path_parameters, identifiers, strict=False):
            try:
                value = parameter_value(parameter, [identifier])
            except ValueError:
                raise unsupported(parameter.schema_pointer, "type", "identifiers are text") from None
            self._validation.value(parameter.schema_pointer, value, parameter.name)

    def _read(self, name: str, store: Store, unit: BusinessUnit) -> None:
        """Read the unit or the list after a write."""
        operation = self._operations.get(name)
        if operation is not None:
            path = (unit.id,)[: len(operation.path_parameters)]
            store.run(partial(self._run, operation, self._queries[name][0].value, None, path))

    def _run(self, operation: Operation, query: Any, body: Any, path: Sequence[str], tx: Transaction) -> None:
        content = self._functions[operation.id](
            Call(query, body, tx, self._context, operation.success_message()), *path
        )
        self._validation.response(operation, operation.success, content)


def _brief(value: Any) -> str:
    return repr(value)[:200]
