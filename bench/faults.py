"""Compare the checks of this project with plain Schemathesis on faulty servers.

Exit status: 0 measured, 1 measured but some runs did not complete, 2 not measured completely, 130 interrupted.
"""

import argparse
import json
import os
import platform
import signal
import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

from findings import FOUND, Kinds, ToolRun
from findings import judge as verdict
from report import Judged, markdown
from servers import BenchError
from testers import GATEWAYS, Bench, Target, Tool, find_tools

sys.path.insert(0, str(GATEWAYS))  # the faulty servers are not an installed package

SAMPLE = 56
VARIANTS = 8
SHOULD_OF = 7  # one of this many faults in a sample has level "should"


def main() -> int:
    """Measure what the command line asks for; return the exit status."""
    args = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # then the processes are stopped as on Ctrl-C
    results: list[Judged] = []
    baseline: dict[str, Kinds] = {}
    facts = {"load average before": f"{os.getloadavg()[0]:.1f}"}
    try:
        tools = find_tools()
        status = _measure(args, tools, baseline, results)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        status = 2
    except KeyboardInterrupt:
        print("bench: interrupted; all processes are stopped", file=sys.stderr)
        status = 130
    if not results:
        return status
    order = {target: number for number, target in enumerate(args.targets)}
    results.sort(key=lambda judged: order[judged.target])
    facts["load average after"] = f"{os.getloadavg()[0]:.1f}"
    conditions = _conditions(args, facts, len(results))
    table = markdown(tools, results, baseline, conditions)
    print(table)
    if args.out:
        args.out.write_text(table, encoding="utf-8")
        record = _record(results, baseline, conditions)
        args.out.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return status


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("bench", argparse.SUPPRESS, description=(__doc__ or "").partition("\n")[0])
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--faults", nargs="+", metavar="NAME", help="these faults")
    chosen.add_argument("--all", action="store_true", help="all faults and all variants")
    text = f"N faults, spread over areas, one of {SHOULD_OF} of level should (default: {SAMPLE})"
    chosen.add_argument("--sample", type=int, default=SAMPLE, metavar="N", help=text)
    text = f"these conformant variants, or N of them (default: {VARIANTS}; 0 with --faults, all with --all)"
    parser.add_argument("--variants", nargs="+", metavar="N|NAME", help=text)
    text = "seed of the sample and the tools (default: 1)"
    parser.add_argument("--seed", type=int, default=1, metavar="S", help=text)
    numbers = {"baselines": (3, 20, "runs of each tool on the correct server, with different seeds")}
    numbers |= {"processes": (1, 64, "servers judged at the same time; more than 1 distorts the times")}
    numbers |= {"timeout": (600, 7200, "time limit of one run in seconds")}
    for name, (default, _, text) in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"{text} (default: {default})")
    text = "write the table to FILE, and all figures to a .json file"
    parser.add_argument("--out", type=Path, metavar="FILE", help=text)
    args = parser.parse_args()
    for name, (_, most, _) in numbers.items():
        if not 1 <= getattr(args, name) <= most:
            parser.error(f"--{name} must be from 1 to {most}")
    if args.sample < 1 or args.seed < 0:
        parser.error("--sample must be at least 1, and --seed at least 0")
    if args.out and (args.out.is_dir() or not os.access(args.out.absolute().parent, os.W_OK)):
        parser.error(f"--out: cannot write {args.out}")
    if args.out and args.out.suffix == ".json":
        parser.error("--out names the Markdown table; the figures are written to a .json file next to it")
    try:
        args.targets = _targets(args)
    except BenchError as error:
        parser.error(str(error))
    return args


def _targets(args: argparse.Namespace) -> list[Target]:
    """Return the servers that the command line selects. Raises BenchError if a name is unknown."""
    from gateway import FAULTS
    from gateway import VARIANTS as KNOWN

    every = [Target("plain", fault.name, fault.area, fault.level) for fault in FAULTS.values()]
    if args.faults:
        _refuse_unknown("fault", args.faults, FAULTS)
        faults = [target for target in every if target.fault in args.faults]
    else:
        faults = every if args.all else sample(every, args.sample, args.seed)
    words = args.variants or (["0"] if args.faults else [str(len(KNOWN) if args.all else VARIANTS)])
    if len(words) == 1 and words[0].isdecimal():
        names = [name for name in KNOWN if name != "plain"]
        words = Random(args.seed).sample(names, min(int(words[0]), len(names)))
    _refuse_unknown("variant", words, KNOWN)
    return [*faults, *(Target(name) for name in KNOWN if name in words)]


def _refuse_unknown(what: str, names: Iterable[str], known: Mapping[str, object]) -> None:
    for name in names:
        if name not in known:
            raise BenchError(f"no {what} {name!r} (python -m gateway --list in tests/meta lists them)")


def sample(every: Sequence[Target], number: int, seed: int) -> list[Target]:
    """Choose faults of each level from the areas in turn. Return them in the order of ``every``."""
    random = Random(seed)
    should = number // SHOULD_OF
    chosen: set[str] = set()
    for level, wanted in (("must", number - should), ("should", should)):
        # In the order of names, so that the sample does not depend on the files of the faults.
        of_level = sorted((target for target in every if target.level == level), key=lambda target: target.fault)
        areas = list(dict.fromkeys(target.area for target in of_level))
        random.shuffle(areas)
        by_area = [[target for target in of_level if target.area == area] for area in areas]
        queue = deque(random.sample(group, len(group)) for group in by_area)
        for _ in range(min(wanted, len(of_level))):
            group = queue.popleft()
            chosen.add(group.pop().fault)
            if group:
                queue.append(group)
    return [target for target in every if target.fault in chosen]


def _measure(args: argparse.Namespace, tools: Sequence[Tool], baseline: dict[str, Kinds], results: list[Judged]) -> int:
    """Run the tools on the correct server and on each target. Return 1 if a run did not complete."""
    from judging import CREDENTIALS

    bench = Bench(CREDENTIALS, args.timeout)
    baseline |= {tool.name: frozenset() for tool in tools}
    with ThreadPoolExecutor(args.processes) as pool:
        try:
            correct = Target("plain")
            seeds = range(args.seed, args.seed + args.baselines)
            runs = [pool.submit(_judge, bench, tools, correct, seed, strict=True) for seed in seeds]
            for number, future in enumerate(as_completed(runs), 1):
                for name, run in future.result().runs.items():
                    if run.code not in (0, FOUND):
                        end = f"ends with exit code {run.code}" if run.code else f"takes more than {args.timeout} s"
                        raise BenchError(f"on the correct server, {name} {end}")
                    baseline[name] |= run.kinds
                counts = ", ".join(f"{name} {len(kinds)}" for name, kinds in baseline.items())
                print(f"bench: correct server {number}/{len(runs)}: kinds of finding: {counts}", file=sys.stderr)
            # In random order, so that the results of an interrupted measurement are also a sample.
            targets = Random(args.seed).sample(args.targets, len(args.targets))
            runs = [pool.submit(_judge, bench, tools, one, args.seed, strict=one.strict) for one in targets]
            for number, future in enumerate(as_completed(runs), 1):
                results.append(judged := future.result())
                _tell(f"{number}/{len(runs)}", judged, baseline)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            bench.stop()
            raise
    ends = {verdict(run, baseline[name]) for judged in results for name, run in judged.runs.items()}
    return 1 if ends & {"timeout", "error"} else 0


def _judge(bench: Bench, tools: Sequence[Tool], target: Target, seed: int, *, strict: bool) -> Judged:
    return Judged(target, {tool.name: bench.judge(tool, target, seed, strict=strict) for tool in tools})


def _tell(progress: str, judged: Judged, baseline: Mapping[str, Kinds]) -> None:
    kind, words = ("fault", {}) if judged.target.fault else ("variant", {"caught": "false alarm", "missed": "clean"})
    cells = []
    for name, run in judged.runs.items():
        said = verdict(run, baseline[name])
        cells.append(f"{name} {words.get(said, said)} {run.seconds:.0f} s")
    print(f"bench: {progress} {kind} {judged.target.name}: {', '.join(cells)}", file=sys.stderr, flush=True)


def _conditions(args: argparse.Namespace, facts: Mapping[str, str], judged: int) -> dict[str, str]:
    libraries = ("governance-contract", "schemathesis", "hypothesis")
    return {
        "servers judged": f"{judged} of {len(args.targets)}",
        "processes": str(args.processes),
        "cores": str(os.cpu_count()),
        **facts,
        "python": platform.python_version(),
        **{name: version(name) for name in libraries},
        "seed": str(args.seed),
        "runs on the correct server": str(args.baselines),
        "time limit": f"{args.timeout} s",
    }


def _record(results: Iterable[Judged], baseline: Mapping[str, Kinds], conditions: Mapping[str, str]) -> dict[str, Any]:
    def figures(name: str, run: ToolRun) -> dict[str, Any]:
        new = sorted(run.kinds - baseline[name])
        seen = {"seconds": run.seconds, "requests": run.requests, "exit code": run.code}
        return {"verdict": verdict(run, baseline[name]), **seen, "new": new}

    def server(judged: Judged) -> dict[str, Any]:
        return {**judged.target._asdict(), "runs": {name: figures(name, run) for name, run in judged.runs.items()}}

    return {
        "conditions": dict(conditions),
        "kinds on the correct server": {name: sorted(kinds) for name, kinds in baseline.items()},
        "servers": [server(judged) for judged in results],
    }


if __name__ == "__main__":
    sys.exit(main())
