"""Causes: violations with equal facts are one cause, and the most informative cause comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from governance_contract.contract.rules import CATALOGUE
from governance_contract.results.causes import Cause, CauseKind, find_causes
from governance_contract.results.records import BEFORE_TESTS, EVERY_RESPONSE, Facts, Failure, Status
from governance_contract.results.verdict import RuleResult
from governance_contract.vocabulary import NESTING, Difference
from reports import exchange

_UPDATE, _LIST = "updateBusinessUnitGovernance", "listBusinessUnits"
_Violations = Mapping[str, Sequence[Failure]]


def _failure(difference: Difference, *, status: int | None = 200, test: str = "test_it", **facts: Any) -> Failure:
    given = {"operation": _UPDATE, "difference": difference, **facts}
    return Failure(test, "this", "that", exchange(status=status), [], Facts(**given))


def _causes(violations: _Violations, status: Status = Status.FAIL) -> list[Cause]:
    return find_causes(RuleResult(CATALOGUE[rule], status, failures=list(many)) for rule, many in violations.items())


_OF_EACH_KIND = {
    "RESP-07": [_failure(Difference.MISSING, place="message")],
    "VALID-01": [_failure(Difference.STATUS, status=422, expected_statuses=[400])],
    "REMOVE-01": [_failure(Difference.KEPT, place="budget", sent="empty")],
    "UPDATE-04": [_failure(Difference.LOST, place="rate_limit", sent="omitted")],
    "AUTH-05": [_failure(Difference.ACCEPTED, credential="a virtual key", expected_statuses=[401])],
    "ERROR-06": [_failure(Difference.NO_RESPONSE, status=None, test=EVERY_RESPONSE)],
}


def test_the_most_informative_kind_comes_first() -> None:
    assert [cause.kind for cause in _causes(_OF_EACH_KIND)] == list(CauseKind)


def test_an_operation_that_cannot_be_used_comes_before_wrong_states() -> None:
    broken = _failure(Difference.STATUS, status=201, expected_statuses=[200], test=BEFORE_TESTS)
    causes = _causes({**_OF_EACH_KIND, "RESP-01": [broken]})
    assert [cause.kind for cause in causes[:4]] == ["crash", "access", "refusals", "data loss"]
    assert causes[2].example == broken


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("ERROR-06", "The server closes the connection without a response to an update of governance"),
        ("AUTH-05", "A virtual key is accepted by an update of governance"),
        ("UPDATE-04", "`rate_limit` is lost after an update of governance that omits the component"),
        ("REMOVE-01", "`budget` is still there after an update of governance with an empty object"),
        ("VALID-01", "A refusal by an update of governance has the status 422 instead of 400"),
        ("RESP-07", "`message` is missing from the response to an update of governance"),
    ],
)
def test_the_sentence_is_about_the_target(rule: str, says: str) -> None:
    (cause,) = _causes({rule: _OF_EACH_KIND[rule]})
    assert cause.sentence == says
    assert cause.rules == [rule]


def test_one_status_for_every_refusal_is_one_cause() -> None:
    wrong = [
        _failure(Difference.STATUS, status=422, expected_statuses=[400], operation=one) for one in (_UPDATE, _LIST)
    ]
    (cause,) = _causes({"VALID-02": wrong[:1], "VALID-01": wrong[1:]})
    assert cause.rules == ["VALID-01", "VALID-02"]
    assert cause.consequences == ["VALID-02"]
    assert set(cause.operations) == {_UPDATE, _LIST}


def test_a_component_that_two_tests_lose_is_one_cause() -> None:
    lost = [_failure(Difference.LOST, place=name, sent="omitted") for name in ("budget", "rate_limit")]
    (cause,) = _causes({"UPDATE-04": lost, "LIFE-13": lost[:1]})
    assert cause.rules == ["UPDATE-04", "LIFE-13"]
    says = "`budget` and `rate_limit` are lost after an update of governance that omits the component"
    assert cause.sentence == says
    assert cause.violations == 3


def test_different_places_are_different_causes() -> None:
    lost = [_failure(Difference.LOST, place=place, sent="omitted") for place in ("budget.id", "rate_limit.created_at")]
    assert len(_causes({"UPDATE-04": lost})) == 2


def test_an_operation_that_validates_nothing_is_one_cause() -> None:
    members = [f"budget.member_{number} type" for number in range(6)]
    accepted = [_failure(Difference.ACCEPTED, forbidden=one, expected_statuses=[400]) for one in members]
    (cause,) = _causes({"VALID-01": accepted})
    assert "and 4 other members" in cause.sentence
    assert len(_causes({"VALID-01": accepted[:3]})) == 3


def test_an_operation_that_asks_for_no_credential_is_one_cause() -> None:
    names = ("no credential", "a virtual key", "a session token")
    accepted = [_failure(Difference.ACCEPTED, credential=name, expected_statuses=[401]) for name in names]
    (cause,) = _causes({"AUTH-01": accepted[:1], "AUTH-05": accepted[1:]})
    says = "A virtual key, no credential and 1 other credential are accepted by an update of governance"
    assert cause.sentence == says


def test_a_crash_that_a_test_meets_is_a_consequence() -> None:
    crash = {"status": 500, "difference": Difference.SERVER_ERROR}
    (cause,) = _causes({"UPDATE-01": [_failure(**crash)], "ERROR-06": [_failure(test=EVERY_RESPONSE, **crash)]})
    assert cause.rules == ["ERROR-06", "UPDATE-01"]
    assert cause.consequences == ["UPDATE-01"]


def test_should_rules_come_after_must_rules_of_the_same_kind() -> None:
    first, second = _causes(
        {
            "UPDATE-08": [_failure(Difference.LOST, place="budget.id")] * 3,
            "UPDATE-16": [_failure(Difference.LOST, place="name")],
        }
    )
    assert (first.level, second.level) == ("MUST", "SHOULD")


def test_only_broken_rules_have_causes() -> None:
    for status in Status:
        assert bool(_causes({"UPDATE-04": _OF_EACH_KIND["UPDATE-04"]}, status)) is (status is Status.FAIL)


def test_an_operation_that_is_refused_for_two_reasons_has_two_causes() -> None:
    one = _failure(Difference.REFUSED, status=400)
    refused = [replace(one, got=f"status 400 ({text})") for text in ("too small", "bad JSON")]
    first, second = _causes({"UPDATE-12": refused})
    assert first.sentence.endswith("although it must succeed: too small")
    assert second.sentence.endswith("although it must succeed: bad JSON")


def test_operations_that_fail_on_the_same_kind_of_body_are_one_cause() -> None:
    crash = {"status": 500, "difference": Difference.SERVER_ERROR, "forbidden": "body type"}
    update, create = (_failure(operation=one, **crash) for one in (_UPDATE, "createBusinessUnit"))
    (cause,) = _causes({"VALID-02": [update], "VALID-17": [create]})
    assert cause.kind is CauseKind.CRASH
    assert set(cause.operations) == {_UPDATE, "createBusinessUnit"}


@pytest.mark.parametrize(
    ("forbidden", "words"), [("body type", "with a forbidden body: body type"), (NESTING, "with a deeply nested body")]
)
def test_a_failure_names_what_is_special_about_the_body(forbidden: str, words: str) -> None:
    (cause,) = _causes({"ERROR-06": [_failure(Difference.SERVER_ERROR, status=500, forbidden=forbidden)]})
    assert words in cause.sentence


def test_an_operation_that_fails_on_any_body_is_one_cause() -> None:
    bodies = [
        _failure(Difference.SERVER_ERROR, status=500, forbidden=kind) for kind in ("", "body type", "budget type")
    ]
    (cause,) = _causes({"UPDATE-01": bodies[:1], "VALID-01": bodies[1:2], "VALID-02": bodies[2:]})
    assert cause.sentence == "The server fails with 500 on an update of governance"
    other = _failure(Difference.SERVER_ERROR, status=503, forbidden="body type")
    assert len(_causes({"UPDATE-01": bodies[:1], "VALID-01": [other]})) == 2


def test_a_request_that_ends_the_process_is_the_first_cause() -> None:
    late = replace(_failure(Difference.NO_RESPONSE, status=None), got="no response: no response in time")
    ended = replace(late, got="no response: reset; its process ended with status 1")
    causes = _causes({"AUTH-05": [late], "VALID-03": [late], "ERROR-06": [ended]})
    assert [cause.kind for cause in causes] == [CauseKind.CRASH, CauseKind.CRASH]
    assert causes[0].rules == ["ERROR-06"]
    assert causes[0].sentence == "The server ends on PUT /x"
    assert causes[1].sentence == "The server does not respond in time to an update of governance"


def test_a_target_that_validates_nothing_has_one_cause_for_that() -> None:
    kinds = [f"budget.{member} type" for member in "abcde"]
    update = [_failure(Difference.ACCEPTED, forbidden=kind, expected_statuses=[400]) for kind in kinds]
    other = {"operation": "createBusinessUnit", "difference": Difference.ACCEPTED}
    forbidden = [replace(update[0], facts=Facts(**other, forbidden="name type", expected_statuses=[400]))]
    plain = [replace(update[0], facts=Facts(**other, expected_statuses=[400]))]
    conflict = [replace(update[0], facts=Facts(**other, expected_statuses=[409]))]
    causes = _causes({"VALID-01": update, "VALID-22": forbidden, "CREATE-02": plain, "LIFE-02": conflict})
    assert [len(cause.rules) for cause in causes] == [3, 1]


def test_many_wrong_states_after_one_operation_are_one_cause() -> None:
    differences = (Difference.LOST, Difference.KEPT, Difference.VALUE)
    failures = [
        _failure(difference, place=f"{name}.max_limit", sent=sent)
        for difference in differences
        for name, sent in (("budget", "omitted"), ("budget", "part"))
    ]
    (cause,) = _causes({"UPDATE-04": failures})
    assert cause.kind is CauseKind.DATA_LOSS


def test_a_wrong_form_of_both_counters_is_one_cause() -> None:
    places = {"RESP-02": "rate_limit.token_max_limit", "RESP-05": "rate_limit.request_max_limit"}
    (cause,) = _causes({rule: [_failure(Difference.FORM, place=place)] for rule, place in places.items()})
    assert cause.rules == ["RESP-02", "RESP-05"]


@pytest.mark.parametrize(("got", "causes"), [("Infinity is no JSON number", 1), ("not UTF-8", 2)])
def test_an_infinity_is_part_of_many_wrong_forms(got: str, causes: int) -> None:
    places = ("name", "budget.max_limit", "budget.usage", "rate_limit.token_usage")
    members = [_failure(Difference.FORM, place=place) for place in places]
    unreadable = replace(_failure(Difference.FORM), got=got)
    assert len(_causes({"RESP-02": members, "RESP-04": [unreadable]})) == causes


def test_a_wrong_form_that_an_update_accepts_is_no_cause_of_its_own() -> None:
    accepted = _failure(Difference.ACCEPTED, forbidden="budget.reset_duration pattern", expected_statuses=[400])
    shown = _failure(Difference.FORM, place="budget.reset_duration")
    (cause,) = _causes({"VALID-07": [accepted], "RESP-05": [shown]})
    assert cause.kind is CauseKind.REFUSALS
    assert set(cause.rules) == {"RESP-05", "VALID-07"}


def test_a_refusal_of_either_component_is_one_cause() -> None:
    one = _failure(Difference.REFUSED, status=400)
    texts = ("invalid budget reset duration", "invalid rate limit reset duration")
    assert len(_causes({"UPDATE-24": [replace(one, got=f"status 400 ({text})") for text in texts]})) == 1


def test_a_response_where_one_of_several_refusals_is_required_is_no_cause_of_its_own() -> None:
    exact, vague = (_failure(Difference.ACCEPTED, expected_statuses=statuses) for statuses in ([404], [404, 400]))
    (cause,) = _causes({"ERROR-01": [exact], "ERROR-12": [vague]})
    assert cause.sentence == "An update of governance is answered with 200 where 404 is required"


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (
            _failure(Difference.CHANGED, place="budget.max_limit", unit="another"),
            "`budget.max_limit` of another business unit is changed by an update of governance",
        ),
        (
            _failure(Difference.ACCEPTED, expected_statuses=[404], unit="deleted"),
            "An update of governance of a deleted business unit is answered with 200 where 404 is required",
        ),
        (
            _failure(Difference.ACCEPTED, expected_statuses=[404], unit="deleted", operation="getBusinessUnit"),
            "A read of a deleted business unit is answered with 200 where 404 is required",
        ),
    ],
    ids=["another", "deleted", "read"],
)
def test_the_sentence_tells_which_business_unit_is_meant(failure: Failure, says: str) -> None:
    (cause,) = _causes({"UPDATE-11": [failure]})
    assert cause.sentence == says


def test_the_sentence_tells_that_the_request_was_refused() -> None:
    (cause,) = _causes({"CREATE-08": [_failure(Difference.CHANGED, status=409, place="budget.id", sent="part")]})
    assert cause.sentence == "`budget.id` is changed by a refused update of governance"


def test_a_wrong_status_of_forbidden_bodies_is_one_cause() -> None:
    exact, vague = (
        _failure(Difference.STATUS, status=422, forbidden="body type", expected_statuses=statuses)
        for statuses in ([400], [400, 404])
    )
    assert len(_causes({"VALID-01": [exact], "ERROR-12": [vague]})) == 1


def test_a_refused_body_does_not_explain_a_wrong_form() -> None:
    refused = _failure(
        Difference.STATUS, status=422, forbidden="budget.reset_duration pattern", expected_statuses=[400]
    )
    shown = _failure(Difference.FORM, place="budget.reset_duration")
    assert len(_causes({"VALID-07": [refused], "RESP-05": [shown]})) == 2


def test_a_change_of_another_unit_is_a_cause_of_its_own() -> None:
    own, other = (_failure(Difference.CHANGED, place="budget.max_limit", unit=unit) for unit in ("", "another"))
    assert len(_causes({"UPDATE-11": [other], "UPDATE-04": [own]})) == 2


def test_an_accepted_credential_does_not_explain_a_wrong_form_without_a_place() -> None:
    accepted = _failure(Difference.ACCEPTED, credential="a virtual key", expected_statuses=[401])
    assert len(_causes({"AUTH-05": [accepted], "RESP-02": [_failure(Difference.FORM)]})) == 2


def test_creations_that_succeed_at_the_same_time_are_one_cause() -> None:
    got = {"CONC-02": "createBusinessUnit", "CONC-05": "createBusinessUnitGovernance"}
    (cause,) = _causes({rule: [_failure(Difference.VALUE, operation=one)] for rule, one in got.items()})
    assert cause.rules == ["CONC-02", "CONC-05"]
    says = "A creation of a business unit and a creation of governance are wrong: expected this, got that"
    assert cause.sentence == says
