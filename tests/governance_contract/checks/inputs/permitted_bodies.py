"""Which bodies of governance requests the contract permits, and permitted bodies made from generated ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...contract.components import COMPONENTS
from ...contract.document import Contract
from ...contract.operation_ids import CREATE_GOVERNANCE, UPDATE_GOVERNANCE
from ...target.unit import SETTING_NAMES, UnitState, component
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
        and all(_alignable(contract, given or {}) for given in body.values())
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


def _has_complete_components(contract: Contract, operation_id: str, body: Any) -> bool:
    """Whether a governance body is valid, and each of its components is complete or, in an update, empty."""
    pointer = contract.operations[operation_id].body_schema
    if pointer is None or not isinstance(body, dict) or not contract.is_valid(pointer, body, published=False):
        return False
    return all(
        is_complete(name, body[name]) if body[name] else operation_id == UPDATE_GOVERNANCE
        for name in COMPONENTS
        if name in body
    )


def declared_members(body: Any) -> Any:
    """Return a governance body without the members that UPDATE-23 is about."""
    if not isinstance(body, dict):
        return body
    return {
        name: {field: value for field, value in body[name].items() if field in SETTING_NAMES[name]}
        if isinstance(body[name], dict)
        else body[name]
        for name in COMPONENTS
        if name in body
    }


def _has_ordinary_pair(component: Mapping[str, Any], prefix: str) -> bool:
    limit, duration = component.get(f"{prefix}max_limit"), component.get(f"{prefix}reset_duration")
    return limit is not None and duration is not None and is_ordinary_amount(limit) and is_ordinary_duration(duration)


def _alignable(contract: Contract, given: Mapping[str, Any]) -> bool:
    """Whether the alignment in a budget is permitted with its duration."""
    aligned = given.get("calendar_aligned") is True
    return not aligned or contract.calendar_alignment.permits(str(given.get("reset_duration", "")))


def depends_on_alignment(contract: Contract, before: UnitState, body: Mapping[str, Any]) -> bool:
    """Whether an update may be refused because the stored budget is aligned to the calendar."""
    aligned = (component(before, "budget") or {}).get("calendar_aligned") is True
    given = body.get("budget") or {}
    return (
        aligned
        and given.get("calendar_aligned") is None
        and not _alignable(contract, {**given, "calendar_aligned": True})
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
    for name in COMPONENTS:
        given = body.get(name)
        if isinstance(given, dict) and (given or not creates):
            result[name] = _completed(contract, name, given, digest) if given else {}
    return result or ({"budget": dict(BUDGET)} if creates else {})


def _completed(contract: Contract, name: str, given: Mapping[str, Any], digest: int) -> dict[str, Any]:
    sample = {"calendar_aligned": None, **SETTINGS[name].usual}
    sent = {setting: value for setting, value in given.items() if setting in sample and value is not None}
    used = [pair for pair in COMPLETE[name] if pair & set(sent)] or [COMPLETE[name][digest % len(COMPLETE[name])]]
    for pair in used:
        sent = {**{setting: sample[setting] for setting in pair}, **sent}
    units = documented_time_units(contract)
    for setting in (setting for setting in sent if setting.endswith("reset_duration")):
        if not re.fullmatch(rf"[1-9][0-9]{{0,2}}[{''.join(units)}]", sent[setting]):
            sent[setting] = f"{1 + digest % 99}{sent[setting][-1] if sent[setting][-1] in units else units[-1]}"
        if sent[setting][-1] in "sm":  # so that no window ends between a request and a read
            sent[setting] = f"{int(sent[setting][:-1]) * 3600}{sent[setting][-1]}"
    if name == "budget":
        amount = min(max(sent["max_limit"], 0.000001), 1e12)
        # Generated amounts are often so simple that every number type holds them exactly.
        sent["max_limit"] = amount if digest % 2 else round(amount + digest % 99_999_989 / 100, 2)
        if not _alignable(contract, sent):
            sent["calendar_aligned"] = False
    return sent
