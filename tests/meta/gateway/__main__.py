"""Command line: `python -m gateway --variant V --fault F --port 0`, or `--list`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from difflib import get_close_matches

from . import FAULTS, VARIANTS, running_gateway
from .odd import ODD, running_odd


def main() -> None:
    """Serve until interrupted.

    Prints one line of JSON: the URL, the ids of two units with usage, and the id of a team without a unit or null. An
    odd server has neither, and prints only its URL.
    """
    parser = argparse.ArgumentParser(prog="gateway", description="Serve a conformant variant or a faulty server.")
    parser.add_argument("--variant", choices=VARIANTS, default="plain", metavar="VARIANT")
    parser.add_argument(
        "--fault", action="append", metavar="FAULT", default=[], help="a defect; may be given several times"
    )
    parser.add_argument("--odd", choices=ODD, default=None, metavar="ODD", help="an odd server instead of a variant")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 selects a free port")
    parser.add_argument("--list", action="store_true", help="list variants and faults")
    arguments = parser.parse_args()
    if arguments.list:
        _list()
        return
    for fault in arguments.fault:
        if fault not in FAULTS:
            close = get_close_matches(fault, FAULTS, 1)
            parser.error(f"no fault {fault!r}; {f'is {close[0]} meant?' if close else 'see --list'}")
    if not (api_key := os.environ.get("GOVERNANCE_API_KEY")):
        parser.error("set GOVERNANCE_API_KEY")
    if arguments.odd:
        if arguments.fault or arguments.variant != "plain":
            parser.error("--odd takes no --fault and no --variant")
        with running_odd(arguments.odd, api_key=api_key, port=arguments.port) as (url, _):
            sys.stdout.write(f"{url}\n")
            sys.stdout.flush()
            _wait()
        return
    with running_gateway(
        variant=arguments.variant,
        fault=arguments.fault,
        api_key=api_key,
        virtual_key=os.environ.get("GOVERNANCE_VIRTUAL_KEY", ""),
        session_token=os.environ.get("GOVERNANCE_SESSION_TOKEN", ""),
        dashboard_token=os.environ.get("GOVERNANCE_DASHBOARD_TOKEN", ""),
        user_token=os.environ.get("GOVERNANCE_USER_TOKEN", ""),
        port=arguments.port,
    ) as gateway:
        start = {"url": gateway.url, "units": [gateway.unit_id, gateway.spare_id], "team": gateway.team_id}
        sys.stdout.write(f"{json.dumps(start)}\n")
        sys.stdout.flush()
        _wait()


def _list() -> None:
    for name, variant in VARIANTS.items():
        sys.stdout.write(f"variant  {name:<42} {variant.description}\n")
    for name, fault in FAULTS.items():
        sys.stdout.write(f"fault    {name:<42} {fault.area:<7} {fault.level:<7} {fault.description}\n")


def _wait() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()


if __name__ == "__main__":
    main()
