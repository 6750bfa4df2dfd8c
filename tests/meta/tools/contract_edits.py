"""Change every fact of the contract, one at a time, and judge the mock that serves the edited contract by it.

The edits are found by walking the document: every number, default, bound, enum, status, parameter name, path prefix and
list of required members. A few named edits of other kinds are added, each of which must be served. Two outcomes are
right: the checks find no violation, or the start is refused in one line with a JSON pointer and a keyword.

``python tests/meta/tools/contract_edits.py`` judges all edits and writes ``tests/meta/tables/CONTRACT_EDITS.md``. A
name selects the edits that contain it, and only their rows are replaced. ``--missing`` judges only edits without a row,
and ``--list`` prints the names.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from governance_contract.contract import yaml12

from mock_server.api.routes import MAX_BODY_BYTES
from mock_server.app import create_app, errors_of_the_server
from mock_server.contract.document import load
from mock_server.errors import StartError
from mock_server.http.server import listen, serve

sys.path.insert(0, str(Path(__file__).parents[1]))  # finds gateway/ and judging.py when this file is a script

from arguments import positive
from judging import CREDENTIALS, judge_url_here, judging_pool

from tools.edits_named import NAMED, Place, nodes, rename_path_parameter

CONTRACT = Path(__file__).parents[3] / "openapi" / "governance.yaml"
TABLE = Path(__file__).parents[1] / "tables" / "CONTRACT_EDITS.md"
_REFUSAL = re.compile(r"unsupported '[^']+' at /\S*: ")
_STAND_INS = {"2": ("201", "203"), "4": ("422", "410", "402", "418", "417"), "5": ("503",)}
_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_UNITS, _TEAM = ("bu-platform-engineering", "bu-customer-support"), "team-data-science"
_START_SECONDS = 20
_WRONG = "wrong: "


@dataclass(frozen=True)
class Edit:
    """One change of the contract."""

    kind: str
    pointer: str
    change: str
    apply: Callable[[Any], None]

    @property
    def name(self) -> str:
        """What selects the edit: its kind, its place and its change."""
        return f"{self.kind} {self.pointer} {self.change}"


@dataclass(frozen=True)
class Outcome:
    """What happened to an edited contract."""

    right: bool
    text: str


# -- the edits --------------------------------------------------------------------------------------------------------


def edits(document: Any) -> Iterator[Edit]:
    """Yield every edit of a document, the named ones first."""
    for name, apply in NAMED.items():
        yield Edit("named", "", name, apply)
    yield from _prefixes(document)
    for place, node in nodes(document, ()):
        if isinstance(node, dict):
            yield from _of_object(place, node)


def _of_object(place: Place, node: dict[str, Any]) -> Iterator[Edit]:
    """Yield the edits of the members of one object."""
    if isinstance(node.get("in"), str) and isinstance(node.get("name"), str):
        yield _renamed(place, node)
    if place[-1:] == ("responses",) and len(place) == 4 and place[2] in _METHODS:
        yield from _statuses(place, node)
    in_example = "examples" in place or "example" in place
    for key, value in node.items():
        at = (*place, key)
        if isinstance(value, bool):
            if key == "default" or at[-2:] == ("requestBody", "required"):
                yield _set(str(key), at, not value)
        elif isinstance(value, int | float):
            kind = "default" if key == "default" else "number in an example" if in_example else "number"
            yield from (_set(kind, at, other) for other in _other_numbers(value)[: 1 if in_example else 2])
        elif isinstance(value, list) and all(isinstance(one, str) for one in value):
            yield from _lists(at, value)
        elif key == "on_enable":
            yield _set("enum", at, "keep-usage" if value == "reset-usage" else "reset-usage")


def _other_numbers(value: float) -> list[Any]:
    if isinstance(value, int):
        return [value + 1, value - 1]
    return [value + 0.5, value - 0.5] if value + 0.5 != value else [value / 2]


def _lists(at: Place, value: list[str]) -> Iterator[Edit]:
    """Yield the edits of a list of names: each of them is removed, and a name is added to the required ones."""
    kind = "required" if at[-1] == "required" or at[-2:-1] == ("dependentRequired",) else "enum"
    if kind == "enum" and at[-1] not in ("enum", "units"):
        return
    for one in value:
        yield _set(kind, at, [other for other in value if other != one])
    if kind == "required":
        yield _set(kind, at, [*value, "edited"])


def _set(kind: str, at: Place, value: Any) -> Edit:
    def apply(document: Any) -> None:
        _at(document, at[:-1])[at[-1]] = value

    return Edit(kind, _pointer(at), json.dumps(value), apply)


def _statuses(place: Place, responses: dict[str, Any]) -> Iterator[Edit]:
    for status in responses:
        other = next((one for one in _STAND_INS.get(status[0], ()) if one not in responses), None)
        if status.isdecimal() and other is not None:
            yield Edit("status", _pointer((*place, status)), other, _key_renamed(place, status, other))


def _key_renamed(place: Place, old: str, new: str) -> Callable[[Any], None]:
    def apply(document: Any) -> None:
        node = _at(document, place)
        renamed = {new if key == old else key: value for key, value in node.items()}
        node.clear()
        node.update(renamed)
        _rename_marks(document, place, f"{place[-1]}/{old}", f"{place[-1]}/{new}")

    return apply


def _rename_marks(document: Any, place: Place, old: str, new: str) -> None:
    """Let the marks of provenance beside an object follow a renamed key."""
    marks = _at(document, place[:-1]).get("x-provenance", {}) if place else {}
    if old in marks:
        marks[new] = marks.pop(old)


def _prefixes(document: Any) -> Iterator[Edit]:
    for path in document["paths"]:
        yield Edit(
            "path prefix", _pointer(("paths", path)), f"/edited{path}", _key_renamed(("paths",), path, f"/edited{path}")
        )
    for position in range(len(document.get("servers", ()))):
        yield _set("path prefix", ("servers", position, "url"), "/edited")


def _renamed(place: Place, parameter: dict[str, Any]) -> Edit:
    """Rename a parameter. The templates of paths, and the links, name path parameters, too."""
    old, new = parameter["name"], f"{parameter['name']}-edited"

    def apply(document: Any) -> None:
        _at(document, place)["name"] = new
        if parameter["in"] == "path":
            rename_path_parameter(document, old, new)

    return Edit("parameter name", _pointer((*place, "name")), new, apply)


def _at(document: Any, place: Place) -> Any:
    for key in place:
        document = document[key]
    return document


def _pointer(place: Iterable[str | int]) -> str:
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in place)


# -- the judgement ----------------------------------------------------------------------------------------------------


def judge_edit(name: str) -> Outcome:
    """Judge the mock that serves the contract with one edit. A process can judge only once."""
    document = yaml12.load(CONTRACT.read_bytes())
    edit = next(edit for edit in edits(document) if edit.name == name)
    edited = copy.deepcopy(document)
    edit.apply(edited)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "edited.yaml")
        file.write_text(json.dumps(edited, ensure_ascii=False), encoding="utf-8")
        try:
            url = _serve(file)
        except StartError as error:
            return _refused("mock", str(error))
        return _judge(url, file)


def _serve(file: Path) -> str:
    """Serve the edited contract from a thread; raises StartError if the mock refuses it."""
    contract = load(file)
    app = create_app(contract, [CREDENTIALS["GOVERNANCE_API_KEY"]])
    listening, started = listen("127.0.0.1", 0), threading.Event()
    arguments = (app, listening, MAX_BODY_BYTES, started.set, errors_of_the_server(contract))
    threading.Thread(target=serve, args=arguments, daemon=True).start()
    assert started.wait(_START_SECONDS), "the mock does not listen"
    return f"http://127.0.0.1:{listening[0].getsockname()[1]}"


def _judge(url: str, file: Path) -> Outcome:
    options = [f"--contract-file={file}", "--contract-profile=quick", "--contract-seed=1"]
    judged = judge_url_here(url, options, _UNITS, _TEAM)
    if not judged.report:
        return _refused("checks", judged.output.strip())
    rules = judged.report["rules"]
    red = [f"{rule['id']} {_why(rule)}" for rule in rules if rule["id"] in judged.red]
    if judged.code or red or "Traceback" in judged.output:
        return Outcome(False, f"exit code {judged.code}: {'; '.join(red) or judged.output[-1000:]}")
    skipped = [rule["id"] for rule in rules if rule["status"] == "skip"]
    return Outcome(True, "no violation" + (f"; skipped: {', '.join(skipped)}" if skipped else ""))


def _why(rule: dict[str, Any]) -> str:
    failures = rule.get("failures") or []
    return f"({failures[0]['expected']}, got {failures[0]['got']})" if failures else f"({rule.get('reason')})"


def _refused(by: str, line: str) -> Outcome:
    return Outcome(bool(_REFUSAL.search(line)) and "\n" not in line, f"refused by the {by}: {_without_file(line)}")


def _without_file(line: str) -> str:
    return re.sub(r"\S*/edited\.yaml", "FILE", line)


def pool(processes: int) -> ProcessPoolExecutor:
    """Return a pool of processes that have imported what the checks need. Each process judges once.

    The tests of the rules are not imported: they read the contract in use while they are imported.
    """
    return judging_pool(processes, ["mock_server.http.server", "tools.contract_edits"])


# -- the command ------------------------------------------------------------------------------------------------------


def _table(found: list[tuple[Edit, Outcome]], total: int) -> str:
    """Return the table of the edits that were judged, of a total, and their outcomes."""
    refused = sum(outcome.text.startswith("refused") for _, outcome in found)
    wrong = sum(not outcome.right for _, outcome in found)
    fine = len(found) - refused - wrong
    lines = [
        "# Edits of the contract",
        "",
        "Generated by `python tests/meta/tools/contract_edits.py`. The mock serves each edited contract, and the",
        "checks judge the mock by the same document. Rules that the edited contract leaves nothing to judge are",
        "skipped. What is not supported is refused at the start, with the place and the keyword.",
        "",
        f"{len(found)} of {total} edits were judged: {fine} without a violation, {refused} are refused.",
        *([f"{wrong} outcomes are wrong."] if wrong else []),
        "",
        "| kind | place | changed to | outcome |",
        "|---|---|---|---|",
    ]
    lines += [f"{row_start(edit)}{'' if outcome.right else _WRONG}{_cell(outcome.text)} |" for edit, outcome in found]
    return "\n".join(lines) + "\n"


def read_table(every: Iterable[Edit]) -> dict[str, Outcome]:
    """Return the outcomes of those edits that the table has."""
    rows = TABLE.read_text(encoding="utf-8").splitlines() if TABLE.is_file() else []
    found = {}
    for edit in every:
        start = row_start(edit)
        text = next((row.removeprefix(start).removesuffix(" |") for row in rows if row.startswith(start)), None)
        if text is not None:
            found[edit.name] = Outcome(not text.startswith(_WRONG), text.removeprefix(_WRONG))
    return found


def row_start(edit: Edit) -> str:
    """Return the beginning of the row of an edit: all cells but the outcome."""
    place = f"`{edit.pointer}`" if edit.pointer else ""
    return f"| {edit.kind} | {place} | {_cell(edit.change)} | "


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> int:
    """Judge edits and write their rows. Return 1 if an outcome is wrong."""
    parser = argparse.ArgumentParser(
        description="Change every fact of the contract, one at a time, and judge the mock by the edited contract."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a part of the name of an edit (default: all edits)")
    parser.add_argument("--list", action="store_true", help="print the names of the edits")
    parser.add_argument("--missing", action="store_true", help="judge only edits without a row in the table")
    parser.add_argument("--processes", type=positive, default=2, help="number of processes (default: 2)")
    options = parser.parse_args()
    every = list(edits(yaml12.load(CONTRACT.read_bytes())))
    found = read_table(every) if options.names or options.missing else {}
    chosen = [edit for edit in every if not options.names or any(part in edit.name for part in options.names)]
    if not chosen:
        parser.error(f"no edit has one of these parts in its name: {' '.join(options.names)}")
    if options.missing:
        chosen = [edit for edit in chosen if edit.name not in found]
    if options.list:
        print("\n".join(edit.name for edit in chosen))
        return 0
    with pool(options.processes) as processes:
        for edit, outcome in zip(chosen, processes.map(judge_edit, [edit.name for edit in chosen]), strict=True):
            found[edit.name] = outcome
            print(f"{'ok   ' if outcome.right else 'WRONG'} {edit.name}: {outcome.text}", flush=True)
            judged = [(one, found[one.name]) for one in every if one.name in found]
            TABLE.write_text(_table(judged, len(every)), encoding="utf-8")
    wrong = sum(not outcome.right for outcome in found.values())
    print(f"{len(found)} edits, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
