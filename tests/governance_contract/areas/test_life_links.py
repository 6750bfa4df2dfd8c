"""LIFE: sequences of requests that follow the links of the contract. Schemathesis draws them, and they take long."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis

from ..checks import schema
from ..checks.run_protocol import Run
from ..checks.schema import Case, RequestKind, Schema
from ..checks.steps import ShortestSequence
from ..checks.violation import wrong_status
from ..contract.operation import Operation
from ..contract.operation_ids import CREATE_UNIT, DELETE_UNIT, GET_UNIT, UPDATE_GOVERNANCE
from ..target.exchange import Exchange
from ..target.unit import NO_SUCH_TEAM, Unit

_DIVIDE_BY = 4
"""Divides the number of examples of the profile, because each example has many steps."""
_NOT_FOUND_MEANS_NO_UNIT = (GET_UNIT, UPDATE_GOVERNANCE, DELETE_UNIT)
"""Operations whose 404 can only mean that the business unit does not exist."""


@pytest.fixture
def linked_requests(run: Run) -> Schema:
    """Requests that follow the whole contract, for all operations and links."""
    return schema.schema_for(run, RequestKind("positive", published=False, every_operation=True))


class _Steps:
    """The steps of Schemathesis' state machine, sent to a business unit of the sequence or to an unknown one."""

    run: Run
    sequence: ShortestSequence

    def setup(self) -> None:
        """Begin a sequence without business units."""
        self._own: dict[str, Unit] = {}
        self._deleted: set[str] = set()
        self._steps: list[str] = []

    def teardown(self) -> None:
        """Delete the business units of the sequence. If the target is lost, the end of the run tries again."""
        if self.sequence.blocked_by is None:
            for unit in self._own.values():
                self.run.units.delete(unit)

    def call(self, case: Case, **_: Any) -> schemathesis.Response:
        """Send the request of a step, and judge the response."""
        operation = schema.operation_of(case, self.run.target.contract)
        unit_id = str(case.path_parameters.get("id", ""))
        if unit_id not in self._own:
            unit_id = self.run.units.prefix
        body = schema.confined(self.run, operation, case.body)
        path = {"id": unit_id, "team_id": NO_SUCH_TEAM}
        words = " ".join([operation.id, *([unit_id] if "id" in case.path_parameters else []), str(body or "")])
        with self.sequence.step(self._steps, words.strip()):
            exchange = self.run.target.call(operation.id, body, path=path, query=case.query)
            self._judge(operation, exchange, case, unit_id)
        return schema.response_of(exchange)

    def validate_response(self, *_: Any, **__: Any) -> None:
        """Do nothing: ``call`` judges the response."""

    def _judge(self, operation: Operation, exchange: Exchange, case: Case, unit_id: str) -> None:
        """Expect a declared response, 404 only without the unit, and no success after its deletion."""
        deleted = unit_id in self._deleted
        existed = unit_id in self._own and not deleted
        if operation.id == CREATE_UNIT and (created := self.run.units.register(exchange)) is not None:
            self._own[created.id] = created
        if operation.id == DELETE_UNIT and exchange.ok and existed:
            self._deleted.add(unit_id)
        if not operation.published:
            return
        schema.validate(self.run.target.contract, exchange, case, schema.CHECKS_OF_ANY, status_rule="LIFE-22")
        if existed and operation.id in _NOT_FOUND_MEANS_NO_UNIT and exchange.meaning == 404:
            raise wrong_status("success: the business unit exists", exchange, (200,))
        if deleted and exchange.ok:
            raise wrong_status("404: the business unit was deleted", exchange, (404,))


@pytest.mark.rule("LIFE-22")
@pytest.mark.property
def test_sequences_that_follow_links(run: Run, linked_requests: Schema) -> None:
    unserved = [operation for operation in run.target.contract.operations if not run.target.serves(operation)]
    selected = linked_requests.exclude(operation_id=unserved) if unserved else linked_requests
    sequence = ShortestSequence()
    machine = type("Links", (_Steps, selected.as_state_machine()), {"run": run, "sequence": sequence})
    sequence.run_machine(machine, divide_by=_DIVIDE_BY)
