"""Bodies of governance requests that the contract permits in every state of a unit, made from generated ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..contract.components import COMPONENTS
from ..contract.document import Contract
from ..contract.operation_ids import CREATE_GOVERNANCE, UPDATE_GOVERNANCE
from ..target.unit import UnitState, component
from .sample_settings import BUDGET, SETTINGS
from .update_effects import COMPLETE, is_complete
from .values import documented_time_units


def is_permitted(contract: Contract, operation_id: str, body: Any) -> bool:
    """Whether the contract permits a body in every state of the unit."""
    pointer = contract.operations[operation_id].body_schema
    if pointer is None:
        return True
    if not isinstance(body, dict) or not contract.is_valid(pointer, body, published=False):
        return False
    if operation_id not in (UPDATE_GOVERNANCE, CREATE_GOVERNANCE):
        return True
    components = {name: given for name, given in body.items() if name in COMPONENTS}
    return components == body and all(
        _alignable(contract, given) and is_complete(name, given) if given else operation_id == UPDATE_GOVERNANCE
        for name, given in components.items()
    )


def _alignable(contract: Contract, given: Mapping[str, Any]) -> bool:
    """Whether the alignment in a budget is permitted with its duration."""
    unit = str(given.get("reset_duration", ""))[-1:]
    return given.get("calendar_aligned") is not True or unit in contract.calendar_alignment.units


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
    sample = {"calendar_aligned": None, **SETTINGS[name][0]}
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
