"""The probe: how it classifies the response to a permitted request."""

from __future__ import annotations

import pytest
from exchanges import CONTRACT, exchange, target
from governance_contract.contract.rules import Need
from governance_contract.target.classification import UNSUPPORTED, Probe, ProblemKind
from governance_contract.target.run_units import Units


@pytest.fixture
def probe() -> Probe:
    """A probe of a target to which nothing is sent."""
    served = target()
    return Probe(served, Units(served))


@pytest.mark.parametrize(
    ("operation", "status", "kind", "rule"),
    [
        ("getBusinessUnit", 200, None, None),
        ("getBusinessUnit", 404, ProblemKind.NOT_SERVED, None),
        ("getBusinessUnit", 501, ProblemKind.NOT_SERVED, None),
        ("getBusinessUnit", 403, ProblemKind.REFUSED, None),
        ("updateBusinessUnitGovernance", 404, ProblemKind.BROKEN, "UPDATE-01"),
        ("createBusinessUnit", 400, ProblemKind.BROKEN, "LIFE-01"),
        ("createBusinessUnit", 201, None, None),
        ("createBusinessUnit", 401, ProblemKind.BROKEN, "AUTH-19"),
        ("createBusinessUnit", 418, ProblemKind.BROKEN, "RESP-08"),
        ("createBusinessUnit", 500, ProblemKind.BROKEN, "ERROR-06"),
        ("createBusinessUnit", None, ProblemKind.BROKEN, "ERROR-06"),
    ],
)
def test_the_status_shows_whether_an_operation_can_be_used(
    probe: Probe, operation: str, status: int | None, kind: ProblemKind | None, rule: str | None
) -> None:
    assert probe.classify(exchange(status, operation=operation)) is (kind is None)
    problem = probe.found.problems.get(operation)
    assert (problem.kind if problem else None) is kind
    assert [one.rule for one in probe.found.violations] == ([rule] if rule else [])
    assert probe.target.serves(operation) is (kind is None)


def test_404_is_inconclusive_if_a_resource_may_be_missing(probe: Probe) -> None:
    assert probe.classify(exchange(404, operation="getBusinessUnit"), not_served=UNSUPPORTED)
    assert not probe.classify(exchange(405, operation="getBusinessUnit"), not_served=UNSUPPORTED)


def test_a_4xx_is_correct_for_a_request_that_the_contract_forbids(probe: Probe) -> None:
    assert probe.classify(exchange(400, operation="assignTeamToBusinessUnit"), valid=False)
    assert not probe.classify(exchange(500, operation="assignTeamToBusinessUnit"), valid=False)


def test_a_success_without_effect_breaks_the_rule_of_the_operation(probe: Probe) -> None:
    probe.add_violation(exchange(200, {}, operation="updateBusinessUnit"), "without an effect")
    (violation,) = probe.found.violations
    assert (violation.rule, violation.got) == ("LIFE-06", "status 200, without an effect")


def test_the_first_problem_of_an_operation_is_the_reason_why_a_need_is_missing(probe: Probe) -> None:
    probe.found.needs = set(Need) - {Need.LIST, Need.TEAM}
    for status in (405, 500):
        probe.classify(exchange(status, operation="listBusinessUnits"))
    assert probe.found.missing == {
        Need.LIST: "the target does not serve listBusinessUnits: 405 on GET /",
        Need.TEAM: f"needs that {Need.TEAM}",
    }


def test_without_own_units_only_operations_on_a_named_unit_are_used(probe: Probe) -> None:
    probe.leave_out_changes("none can be created")
    assert CONTRACT.operations.keys() - probe.found.problems.keys() == {
        "updateBusinessUnitGovernance",
        "getBusinessUnit",
        "listBusinessUnits",
    }
