"""The results as Markdown: a caption, a summary, ratios of time, and one row for each server."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from findings import FOUND, Kinds, ToolRun, judge
from testers import Target, Tool

CAPTION = """Each run uses a new server on loopback, and every tool gets the same management key. The checks of this
project (`ours`) also get what Schemathesis cannot use: a valid virtual key, session, dashboard and user token
(`GOVERNANCE_*` variables), and the ids of two units and of a team (`--business-unit`, `--team`). `schemathesis` is
`schemathesis run` with only URL, key, seed and report. `all checks` is the larger configuration, in which 400 is not a
failure for data that is valid by the schema. *Caught*: the run ends with exit code 1 and reports a kind of finding
(operation and check, or the rule of ours) that no run on the correct server reports. `should` faults break only good
practice; ours judge them with `--strict`. A *false alarm* is a kind that is reported for a conformant variant and not
for the correct server. A *red* run has exit code 1 for any reason."""
ACCEPTANCE = "positive_data_acceptance"


class Judged(NamedTuple):
    """A server and the run of each tool on it, by the name of the tool in the table."""

    target: Target
    runs: Mapping[str, ToolRun]


def markdown(
    tools: Sequence[Tool], results: Sequence[Judged], baseline: Mapping[str, Kinds], conditions: Mapping[str, str]
) -> str:
    """Return the whole report."""
    names = [tool.name for tool in tools]
    faults = [judged for judged in results if judged.target.fault]
    variants = [judged for judged in results if not judged.target.fault]
    parts = ["; ".join(f"{name}: {value}" for name, value in conditions.items()) + ".", CAPTION]
    parts.append(_summary(names, faults, variants, baseline))
    parts.append(_ratios(tools, faults))
    parts.append(_each({"fault": "fault", "area": "area", "level": "level"}, names, faults, baseline, "**caught**"))
    parts.append(_each({"conformant variant": "variant"}, names, variants, baseline, "**false alarm**"))
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(
    names: Sequence[str], faults: Sequence[Judged], variants: Sequence[Judged], baseline: Mapping[str, Kinds]
) -> str:
    every = [*faults, *variants]
    rows: dict[str, Callable[[str], object]] = {}

    def caught(label: str, group: Sequence[Judged]) -> None:
        if group:
            rows[f"{label} ({len(group)})"] = lambda name: _count(group, name, baseline, "caught")

    for level in ("must", "should"):
        of_level = [judged for judged in faults if judged.target.level == level]
        caught(f"**{level} faults caught**", of_level)
        for area in dict.fromkeys(judged.target.area for judged in of_level):
            caught(f"{area}, {level}", [judged for judged in of_level if judged.target.area == area])
    strict = [judged for judged in faults if judged.target.strict]
    if strict:
        rows["should faults that ours catch without `--strict`"] = lambda name: _unstrict(strict, name)
    if faults:
        by_chance = f"caught by `{ACCEPTANCE}` alone, possibly by chance"
        rows[by_chance] = lambda name: _by_acceptance(faults, name, baseline)
    caught("**variants with a false alarm**", variants)
    if variants:
        rows["variants with a red run"] = lambda name: sum(one.runs[name].code == FOUND for one in variants)
    rows["kinds of finding on the correct server"] = lambda name: len(baseline[name])
    rows["runs without a verdict"] = lambda name: _count(every, name, baseline, "timeout", "error")
    if faults:
        rows["median s of a fault"] = lambda name: f"{median(_seconds(faults, name)):.1f}"
        rows["total s of the faults"] = lambda name: f"{sum(_seconds(faults, name)):.0f}"
        rows["requests of the faults"] = lambda name: _requests(faults, name)
        rows["**faults caught per 1,000 requests**"] = lambda name: _per_thousand(faults, name, baseline)
    return _table(["", *names], ([label, *(str(cell(name)) for name in names)] for label, cell in rows.items()))


def _count(group: Iterable[Judged], name: str, baseline: Mapping[str, Kinds], *wanted: str) -> int:
    return sum(judge(judged.runs[name], baseline[name]) in wanted for judged in group)


def _requests(group: Iterable[Judged], name: str) -> int:
    return sum(judged.runs[name].requests for judged in group)


def _per_thousand(group: Sequence[Judged], name: str, baseline: Mapping[str, Kinds]) -> str:
    return f"{1000 * _count(group, name, baseline, 'caught') / max(_requests(group, name), 1):.2f}"


def _by_acceptance(group: Iterable[Judged], name: str, baseline: Mapping[str, Kinds]) -> int:
    """Count the faults that are caught only by the check that also reports random data on the correct server."""
    new = [judged.runs[name].kinds - baseline[name] for judged in group if judged.runs[name].code == FOUND]
    return sum(bool(kinds) and all(kind.endswith(f": {ACCEPTANCE}") for kind in kinds) for kinds in new)


def _unstrict(group: Iterable[Judged], name: str) -> str:
    if not name.startswith("ours"):
        return ""
    return str(sum(any(kind.startswith("MUST") for kind in judged.runs[name].kinds) for judged in group))


def _seconds(group: Iterable[Judged], name: str) -> list[float]:
    return [judged.runs[name].seconds for judged in group]


def _ratios(tools: Sequence[Tool], faults: Sequence[Judged]) -> str:
    """Divide our times by those of the other tools for each server. The runs on one server follow one another."""
    lines = []
    for mine in (tool.name for tool in tools if tool.ours and faults):
        for other in (tool.name for tool in tools if not tool.ours):
            own, theirs = _seconds(faults, mine), _seconds(faults, other)
            each = [a / b for a, b in zip(own, theirs, strict=True)]
            total = sum(own) / sum(theirs)
            figures = f"median {median(each):.2f} ({min(each):.2f}-{max(each):.2f}), total {total:.2f}"
            lines.append(f"- time, {mine} : {other} = {figures}")
    return "\n".join(lines)


def _each(
    columns: Mapping[str, str],
    names: Sequence[str],
    group: Sequence[Judged],
    baseline: Mapping[str, Kinds],
    caught: str,
) -> str:
    """Return a table with a row for each server. ``columns`` maps headings to attributes of the target."""
    marks = {"caught": caught, "missed": "-"}

    def cell(name: str, run: ToolRun) -> str:
        verdict = judge(run, baseline[name])
        ending = f"exit code {run.code}" if verdict == "error" else verdict
        return f"{marks.get(verdict, ending)} {run.seconds:.1f} s"

    rows = [
        [*(getattr(judged.target, column) for column in columns.values())]
        + [cell(name, judged.runs[name]) for name in names]
        for judged in group
    ]
    return _table([*columns, *names], rows) if rows else ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows))
