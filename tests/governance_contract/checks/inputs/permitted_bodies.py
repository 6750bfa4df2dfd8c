"""Which bodies of governance requests the contract permits, and permitted bodies made from generated ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...contract.components import COMPONENTS
from ...contract.document import Contract
from ...contract.operation_ids import CREATE_GOVERNANCE, UPDATE_GOVERNANCE
from ...target.unit import SETTING_NAMES, UnitState, component_of
from ..update_effects import COMPLETE, is_complete
from .sample_settings import BUDGET, SETTINGS
from .values import documented_time_units, is_ordinary_amount, is_ordinary_duration, short_time_units


def is_complete_and_valid(contract: Contract, operation_id: str, body: Any) -> bool:
    """Whether the contract permits a body. A body of governance has complete components and no other members.

    A target may still refuse an update because of the stored budget; see ``depends_on_alignment``.
    """
    pointer = contract.operations[operation_id].body_schema
    if pointer is None:
        return True
    if operation_id not in (UPDATE_GOVERNANCE, CREATE_GOVERNANCE):
        return isinstance(body, dict) and contract.is_valid(pointer, body, published=False)
    return (
        _has_complete_components(contract, operation_id, body)
        and body.keys() <= set(COMPONENTS)
        and all(_alignable(contract, sent or {}) for sent in body.values())
    )


def is_accepted_in_every_state(contract: Contract, body: Any) -> bool:
    """Whether the contract permits an update in every state of the unit, so that a target must accept it.

    Such an update has complete components. In addition, a rate limit has both pairs, a database can hold each value,
    a budget with a duration that cannot be aligned turns alignment off, and there are no undeclared members.
    """
    if not _has_complete_components(contract, UPDATE_GOVERNANCE, body) or declared_members(body) != body:
        return False
    budget, limits = body.get("budget") or {}, body.get("rate_limit") or {}
    short = any(budget.get("reset_duration", "").endswith(unit) for unit in short_time_units(contract))
    return (
        (not budget or _has_ordinary_pair(budget, ""))
        and (not limits or all(_has_ordinary_pair(limits, what) for what in ("token_", "request_")))
        and (not short or budget.get("calendar_aligned") is False)
    )


def is_accepted_without_undeclared(contract: Contract, body: Any) -> bool:
    """Whether an update has undeclared members, and a target must accept it in every state without them.

    A component that has nothing else is not judged: the contract leaves open whether it is empty, and so a removal.
    """
    declared = declared_members(body)
    if declared == body or not is_accepted_in_every_state(contract, declared):
        return False
    return all(settings or not body[component] for component, settings in declared.items())


def _has_complete_components(contract: Contract, operation_id: str, body: Any) -> bool:
    """Whether a governance body is valid, and each of its components is complete or, in an update, empty."""
    pointer = contract.operations[operation_id].body_schema
    if pointer is None or not isinstance(body, dict) or not contract.is_valid(pointer, body, published=False):
        return False
    return all(
        is_complete(component, body[component]) if body[component] else operation_id == UPDATE_GOVERNANCE
        for component in COMPONENTS
        if component in body
    )


def declared_members(body: Any) -> Any:
    """Return a governance body without the members that UPDATE-23 is about."""
    if not isinstance(body, dict):
        return body
    return {
        component: {field: value for field, value in body[component].items() if field in SETTING_NAMES[component]}
        if isinstance(body[component], dict)
        else body[component]
        for component in COMPONENTS
        if component in body
    }


def _has_ordinary_pair(component: Mapping[str, Any], prefix: str) -> bool:
    limit, duration = component.get(f"{prefix}max_limit"), component.get(f"{prefix}reset_duration")
    return limit is not None and duration is not None and is_ordinary_amount(limit) and is_ordinary_duration(duration)


def _alignable(contract: Contract, budget: Mapping[str, Any]) -> bool:
    """Whether the alignment in a budget is permitted with its duration."""
    aligned = budget.get("calendar_aligned") is True
    return not aligned or contract.calendar_alignment.permits(str(budget.get("reset_duration", "")))


def depends_on_alignment(contract: Contract, before: UnitState, body: Mapping[str, Any]) -> bool:
    """Whether an update may be refused because the stored budget is aligned to the calendar."""
    aligned = (component_of(before, "budget") or {}).get("calendar_aligned") is True
    sent = body.get("budget") or {}
    return (
        aligned
        and sent.get("calendar_aligned") is None
        and not _alignable(contract, {**sent, "calendar_aligned": True})
    )


def meaningful(contract: Contract, body: Mapping[str, Any], digest: int, *, creates: bool) -> dict[str, Any]:
    """Return a body that the contract permits in every state of the unit, as similar to a generated one as possible.

    Missing fields of a component are added, amounts get cents, durations get a documented form, and fields that no
    schema defines are left out. Every second update removes one component instead. The digest of the request
    decides, so that a repeated request has the same body.
    """
    choice = digest // 64 % (2 * len(COMPONENTS))
    if not creates and choice < len(COMPONENTS):
        return {COMPONENTS[choice]: {}}
    result: dict[str, Any] = {}
    for component in COMPONENTS:
        generated = body.get(component)
        if isinstance(generated, dict) and (generated or not creates):
            result[component] = _completed(contract, component, generated, digest) if generated else {}
    return result or ({"budget": dict(BUDGET)} if creates else {})


def _completed(contract: Contract, component: str, generated: Mapping[str, Any], digest: int) -> dict[str, Any]:
    sample = {"calendar_aligned": None, **SETTINGS[component].usual}
    sent = {setting: value for setting, value in generated.items() if setting in sample and value is not None}
    used = [pair for pair in COMPLETE[component] if pair & set(sent)] or [
        COMPLETE[component][digest % len(COMPLETE[component])]
    ]
    for pair in used:
        sent = {**{setting: sample[setting] for setting in pair}, **sent}
    units = documented_time_units(contract)
    for setting in (setting for setting in sent if setting.endswith("reset_duration")):
        if not re.fullmatch(rf"[1-9][0-9]{{0,2}}[{''.join(units)}]", sent[setting]):
            sent[setting] = f"{1 + digest % 99}{sent[setting][-1] if sent[setting][-1] in units else units[-1]}"
        if sent[setting][-1] in "sm":  # so that no window ends between a request and a read
            sent[setting] = f"{int(sent[setting][:-1]) * 3600}{sent[setting][-1]}"
    if component == "budget":
        amount = min(max(sent["max_limit"], 0.000001), 1e12)
        # Generated amounts are often so simple that every number type holds them exactly.
        sent["max_limit"] = amount if digest % 2 else round(amount + digest % 99_999_989 / 100, 2)
        if not _alignable(contract, sent):
            sent["calendar_aligned"] = False
    return sent
