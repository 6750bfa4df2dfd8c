"""What one accepted update of governance does to one unit, judged by what the target showed before and shows after.

The functions yield a violation for each difference and name the rule that it breaks.

`unit_model` is not used here: it holds settings only. These functions also judge usage, windows, identifiers,
timestamps and incomplete components, whose results depend on the state before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from ..contract.calendar import CALENDAR_UNITS, SLACK, start
from ..contract.components import COMPONENTS, HALVES, USAGE
from ..contract.operation_ids import GET_UNIT
from ..target.exchange import Exchange, unit_in
from ..target.unit import Unit, UnitState, component_of, instant, other_component, settings_of
from ..vocabulary import About
from . import expect
from .violation import Violation, still_present, wrong_value

COMPLETE: Mapping[str, tuple[frozenset[str], ...]] = {
    "budget": (frozenset({"max_limit", "reset_duration"}),),
    "rate_limit": tuple(frozenset({f"{half}_max_limit", f"{half}_reset_duration"}) for half in HALVES),
}
"""The fields that belong together. A component in a body is complete if it has all or none of each set, and one set."""


@dataclass(frozen=True)
class AppliedUpdate:
    """An accepted update or creation of governance, and the states around it."""

    unit: Unit
    before: UnitState
    body: Mapping[str, Any]
    exchange: Exchange
    fetched: Exchange
    """The read after the update."""
    removed: Mapping[str, UnitState] = field(default_factory=dict)
    """The components that earlier steps removed, as the target last showed them."""
    creates: bool = False
    """Whether the request was a creation of governance rather than an update."""

    @property
    def response(self) -> UnitState:
        """The business unit in the response."""
        return unit_in(self.exchange) or {}

    @property
    def after(self) -> UnitState:
        """The business unit in the read after the update."""
        return unit_in(self.fetched) or {}


def is_complete(component: str, settings: Mapping[str, Any]) -> bool:
    """Whether a component in a body has every field that its other fields need."""
    sent = {setting for setting, value in settings.items() if value is not None}
    return (
        bool(sent)
        and all(not sent & pair or pair <= sent for pair in COMPLETE[component])
        and any(pair <= sent for pair in COMPLETE[component])
    )


def violation_of(rule: str, check: Callable[..., object], *arguments: Any, **options: Any) -> Iterator[Violation]:
    """Yield the violation that a check of ``expect`` raises; it breaks the rule unless it names another one."""
    try:
        check(*arguments, **options)
    except Violation as violation:
        violation.rule = violation.rule or rule
        yield violation


def wrong_effects(step: AppliedUpdate) -> Iterator[Violation]:
    """Yield every way in which an accepted update did not do what the contract says."""
    yield from _unit_kept(step)
    for component in COMPONENTS:
        sent = step.body.get(component)
        if component not in step.body:
            yield from _omitted(step, component)
        elif not sent:
            yield from _removed(step, component)
        elif is_complete(component, sent):
            yield from _set(step, component, sent)
        else:
            yield from _partly_set(step, component, sent)
    partial = any(sent and not is_complete(component, sent) for component, sent in step.body.items())
    rule = "UPDATE-21" if partial else "UPDATE-02"
    yield from violation_of(rule, expect.read_agrees, step.unit, step.response, step.after, step.exchange)


def changed_omitted(step: AppliedUpdate) -> Iterator[Violation]:
    """Yield every way in which an accepted update changed a component that its body omits."""
    for component in COMPONENTS:
        if component not in step.body:
            yield from _omitted(step, component)


def _unit_kept(step: AppliedUpdate) -> Iterator[Violation]:
    """Judge the members of the business unit itself."""
    yield from violation_of("UPDATE-03", expect.names_unit, step.exchange, step.unit)
    kept = ("id", "name", "created_at")
    yield from violation_of(
        "UPDATE-16", expect.same_fields, step.before, step.after, kept, "the business unit", step.exchange
    )
    yield from violation_of("UPDATE-10", _not_earlier, step.before, step.after, "the business unit", step.exchange)
    for entity, exchange in ((step.response, step.exchange), (step.after, step.fetched)):
        for component in COMPONENTS:
            present, reference = component_of(entity, component), entity.get(f"{component}_id")
            if present is not None and reference is not None and reference != present.get("id"):
                yield wrong_value(f"{component}_id", present.get("id"), reference, exchange, rule="UPDATE-18")
            if present is None and component not in entity:
                yield from kept_reference(entity, component, exchange)


def _omitted(step: AppliedUpdate, component: str) -> Iterator[Violation]:
    """Judge a component that the body omits: it is unchanged."""
    other = step.body.get(other_component(component))
    before, after = component_of(step.before, component), component_of(step.after, component)
    if before is None and component in step.removed:
        rule = "REMOVE-10"
    elif other is None:
        rule = "UPDATE-05"
    elif not other:
        rule = "REMOVE-03"
    else:
        rule = "UPDATE-04" if is_complete(other_component(component), other) else "UPDATE-21"
    if before is None:
        yield from violation_of(rule, expect.absent, step.response, component, step.exchange)
        yield from violation_of(rule, expect.absent, step.after, component, step.fetched)
        return
    yield from violation_of(rule, expect.shows, step.response, component, settings_of(component, before), step.exchange)
    # A window may end between two reads; `keeps_usage` judges usage and windows.
    windows = tuple(field for field in before if field.endswith(("last_reset", "current_usage")))
    # Without a read of its own, an empty update serves as the read, and may change the time.
    timed = rule == "UPDATE-05" or not step.unit.target.serves(GET_UNIT)
    without = (*windows, "updated_at") if timed else windows
    yield from violation_of(rule, expect.same, before, after, component, step.exchange, without=without)
    yield from violation_of(rule, expect.keeps_usage, before, after or {}, component, step.exchange)


def _removed(step: AppliedUpdate, component: str) -> Iterator[Violation]:
    """Judge a component that the body removes."""
    other = step.body.get(other_component(component))
    own = "REMOVE-01" if component == "budget" else "REMOVE-02"
    rule = own if other is None else "REMOVE-09" if other else "REMOVE-05"
    yield from violation_of(rule, expect.absent, step.response, component, step.exchange)
    yield from violation_of("REMOVE-04", expect.absent, step.after, component, step.fetched)


def _set(step: AppliedUpdate, component: str, sent: Mapping[str, Any]) -> Iterator[Violation]:
    """Judge a component that the body sets completely."""
    before, shown = component_of(step.before, component), component_of(step.response, component)
    if shown is None:
        expected, rule = f"{component} with {dict(sent)}", _rule_of_setting(step, component)
        yield Violation(expected, f"no {component}", step.exchange, rule=rule, about=About(component))
        return
    for setting, value in sent.items():
        if value is not None:
            rule = _rule_of_value(step, component, setting, value, shown)
            yield from violation_of(rule, expect.shows, step.response, component, {setting: value}, step.exchange)
    if before is None:
        yield from _new_component(step, component, sent, shown)
    else:
        yield from _kept_component(step, component, sent, before, component_of(step.after, component) or {})


def _rule_of_setting(step: AppliedUpdate, component: str) -> str:
    """Return the rule that a component breaks if a complete update does not set it."""
    if step.creates:
        return "CREATE-11" if step.removed else "CREATE-07"
    if component_of(step.before, component) is None:
        return "CREATE-01"
    other = step.body.get(other_component(component))
    if other is not None:
        return "UPDATE-15" if other else "REMOVE-09"
    return "UPDATE-01" if component == "budget" else "UPDATE-06"


def _rule_of_value(
    step: AppliedUpdate, component: str, setting: str, value: Any, shown_component: Mapping[str, Any]
) -> str:
    """Return the rule that a wrong value of a setting breaks."""
    shown = shown_component.get(setting)
    if setting.endswith("reset_duration"):
        return "UPDATE-14"
    if setting.endswith("max_limit") and isinstance(shown, int | float) and abs(shown - value) <= abs(value) / 100:
        return "UPDATE-12" if component == "budget" else "UPDATE-13"
    if setting == "calendar_aligned" and value is True and component_of(step.before, component) is not None:
        return "ALIGN-09"
    return _rule_of_setting(step, component)


def _new_component(
    step: AppliedUpdate, component: str, sent: Mapping[str, Any], shown: Mapping[str, Any]
) -> Iterator[Violation]:
    """Judge a component that the unit did not have."""
    past = step.removed.get(component)
    rule = "CREATE-04" if past is None else "REMOVE-08"
    if component == "budget" and sent.get("calendar_aligned") is None:
        wanted = {"calendar_aligned": False}
        rule_of_flag = "CREATE-06" if step.creates else rule
        yield from violation_of(rule_of_flag, expect.shows, step.response, component, wanted, step.exchange)
    if sent.get("calendar_aligned") is True:
        yield from violation_of("ALIGN-06", _period_start, sent, shown, step)
    if past is None:
        yield from _spent(component, shown, step.exchange, rule)
        for setting in settings_of(component, shown).keys() - sent.keys():
            if setting.endswith("max_limit"):
                setting_rule = _rule_of_setting(step, component)
                yield _kept_setting(component, setting, shown[setting], step.exchange, setting_rule)
        return
    yield from not_new(component, past, shown, sent, step.exchange)


def not_new(
    component: str, past: Mapping[str, Any], shown: Mapping[str, Any], sent: Mapping[str, Any], exchange: Exchange
) -> Iterator[Violation]:
    """Yield what a component that was set again has of the removed one: id, usage, created_at, settings."""
    rule = "REMOVE-08"
    if shown.get("id") is not None and shown.get("id") == past.get("id"):
        got = f"the id of the removed one, {shown['id']!r}"
        yield Violation(f"a {component} with another id", got, exchange, rule=rule)
    yield from _spent(component, shown, exchange, rule)
    yield from violation_of(rule, expect.created_later, past, shown, component, exchange, or_same=True)
    for setting in settings_of(component, past).keys() - sent.keys() - {"calendar_aligned"}:
        if shown.get(setting) is not None:
            yield _kept_setting(component, setting, shown[setting], exchange, rule)


def _spent(component: str, shown: Mapping[str, Any], exchange: Exchange, rule: str) -> Iterator[Violation]:
    """Yield the usage of a component that must have none."""
    for usage, used in shown.items():
        if usage in USAGE and used:
            yield wrong_value(f"{component}.{usage}", 0, used, exchange, rule=rule)


def kept_reference(entity: Mapping[str, Any], component: str, exchange: Exchange) -> Iterator[Violation]:
    """Yield the identifier of a component that the unit does not have, such as ``budget_id``."""
    reference = entity.get(f"{component}_id")
    if reference:
        yield still_present(f"no {component}_id", repr(reference), exchange, rule="REMOVE-07", place=f"{component}_id")


def _kept_setting(component: str, setting: str, value: Any, exchange: Exchange, rule: str | None) -> Violation:
    """Return the violation that a new component has a setting that the body does not have."""
    return still_present(f"no {component}.{setting}", repr(value), exchange, rule=rule, place=component)


def _kept_component(
    step: AppliedUpdate, component: str, sent: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Violation]:
    """Judge the identity, the usage and the windows of a component whose settings changed."""
    yield from violation_of(
        "UPDATE-08", expect.same_fields, before, after, ("id", "created_at"), component, step.exchange
    )
    yield from violation_of("UPDATE-10", _not_earlier, before, after, component, step.exchange)
    if component == "budget":
        yield from _alignment(step, sent, before, after)
        return
    kept = {
        setting: value
        for setting, value in before.items()
        if not setting.endswith(("last_reset", "current_usage")) or _same_duration(setting, sent, before)
    }
    yield from violation_of("UPDATE-09", expect.keeps_usage, kept, after, component, step.exchange)


def _same_duration(of: str, sent: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether an update keeps the duration of a window, named by its ``..._last_reset`` or ``..._current_usage``."""
    duration = f"{of.partition('_')[0]}_reset_duration"
    return sent.get(duration) is not None and sent[duration] == before.get(duration)


def _alignment(
    step: AppliedUpdate, sent: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Violation]:
    """Judge the calendar alignment of an existing budget, and its window."""
    was, flag = before.get("calendar_aligned") is True, sent.get("calendar_aligned")
    same_duration = sent["reset_duration"] == before.get("reset_duration")
    if flag is True and not was:
        if not step.unit.target.contract.calendar_alignment.resets_usage:
            return
        rule = "ALIGN-01" if same_duration else "ALIGN-08"
        yield from violation_of(rule, _period_start, sent, after, step)
        return
    if flag is None:
        rule = "ALIGN-07" if "calendar_aligned" in sent else "UPDATE-07"
        if after.get("calendar_aligned") is not None and (after["calendar_aligned"] is True) != was:
            shown = after["calendar_aligned"]
            yield wrong_value("budget.calendar_aligned", was, shown, step.fetched, rule=rule)
            return
    else:
        rule = "ALIGN-03" if flag else "ALIGN-04" if was else "UPDATE-09"
    if same_duration:
        yield from violation_of(rule, expect.keeps_usage, before, after, "budget", step.exchange)


def _period_start(sent: Mapping[str, Any], shown: Mapping[str, Any], step: AppliedUpdate) -> None:
    """Expect that the window of an aligned budget starts with a calendar period."""
    time_unit, began = sent["reset_duration"][-1], instant(shown.get("last_reset"))
    if time_unit not in CALENDAR_UNITS or began is None:
        return
    if sent["reset_duration"] == f"1{time_unit}":
        expect.starts_with_period(shown, time_unit, step.exchange)
        return
    # The contract leaves open from which period several are counted.
    if began != start(time_unit, began.astimezone(UTC)) or began > step.exchange.knowledge.clock.now() + SLACK:
        expected, got = "budget.last_reset is the start of a period", repr(shown["last_reset"])
        raise Violation(expected, got, step.exchange, rule="ALIGN-10", about=About("budget.last_reset"))


def _partly_set(step: AppliedUpdate, component: str, partial: Mapping[str, Any]) -> Iterator[Violation]:
    """Judge an accepted incomplete component; `wrong_effects` compares the response with the read."""
    before = component_of(step.before, component)
    if component != "budget" or before is None:
        return  # the contract leaves open what an incomplete rate limit means
    kept = {setting: value for setting, value in settings_of(component, before).items() if setting not in partial}
    sent = {setting: value for setting, value in partial.items() if value is not None}
    if set(partial) & COMPLETE[component][0]:  # the contract leaves open what the flag alone means
        yield from violation_of("UPDATE-07", expect.shows, step.response, component, {**kept, **sent}, step.exchange)


def _not_earlier(before: Mapping[str, Any], after: Mapping[str, Any], what: str, exchange: Exchange) -> None:
    earlier, later = instant(before.get("updated_at")), instant(after.get("updated_at"))
    if earlier is not None and later is not None and later < earlier:
        expected, about = f"{what}.updated_at not before {earlier.isoformat()}", About("updated_at")
        raise Violation(expected, later.isoformat(), exchange, about=about)
