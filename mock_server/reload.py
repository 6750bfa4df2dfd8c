"""Follows edits of the contract and of the seed file while the mock runs (`--reload`).

A new application takes over the state, the sandboxes and the journals of the one before it. If a file cannot be used,
the last good application goes on serving, and one line says why.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask

from mock_server.contract.document import ContractError
from mock_server.contract.pointers import tokens_of
from mock_server.errors import StartError
from mock_server.store import StoreError

_POLL_SECONDS = 0.3
_SETTLE_SECONDS = 0.1
"""Editors write a file in several steps."""
Make = Callable[[Flask, bool], Flask]
"""Returns the application that replaces another one; the second argument says whether the seed file was edited."""


class Reloading:
    """A WSGI application that is replaced when a file changes."""

    def __init__(self, app: Flask, contract_file: Path, seed_file: Path | None, make: Make) -> None:
        """Serve `app` until one of the files changes."""
        self._app, self._make, self._contract_file, self._seed_file = app, make, contract_file, seed_file
        self._known = {path: _modified(path) for path in (contract_file, seed_file) if path is not None}
        self._unused: list[Path] = []
        """The edited files that could not be used yet, since one of them is broken."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request to the present application."""
        return self._app(environ, start_response)

    def start(self) -> None:
        """Look for changes until the process ends."""
        Thread(target=self._watch, name="reload", daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(_POLL_SECONDS)
            if self._edited():
                time.sleep(_SETTLE_SECONDS)
                self.look()

    def _edited(self) -> list[Path]:
        stamps = {path: _modified(path) for path in self._known}
        # A file that is missing is being replaced.
        return [path for path, stamp in stamps.items() if stamp is not None and stamp != self._known[path]]

    def look(self) -> None:
        """Use the files that have changed, or say why they cannot be used."""
        newly = self._edited()
        for path in newly:
            self._known[path] = _modified(path)
        if not newly:
            return
        edited = self._unused = list(dict.fromkeys([*self._unused, *newly]))
        names = ", ".join(path.name for path in edited)
        try:
            self._app = self._make(self._app, self._seed_file in edited)
        except ContractError as error:
            _say(f"{names} not reloaded, the last good files stay in use: {error}{_line(self._contract_file, error)}")
        except (StartError, StoreError) as error:
            _say(f"{names} not reloaded, the last good files stay in use: {error}")
        except Exception as error:  # noqa: BLE001  a failure of the mock itself must not end the thread that watches
            _say(f"{names} not reloaded, the last good files stay in use: {type(error).__name__}: {error}")
        else:
            self._unused = []
            _say(f"reloaded {names}")


def _modified(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _line(contract_file: Path, error: ContractError) -> str:
    """Return line and column of the place in the contract that an error names, if they can be found."""
    if error.pointer is None:
        return ""
    from mock_server.contract import yaml12

    try:
        line, column = yaml12.place(contract_file.read_bytes(), tokens_of(error.pointer))
    except (OSError, ValueError):
        return ""
    return f" (line {line}, column {column})"


def _say(text: str) -> None:
    print(f"governance-contract mock: {text}", file=sys.stderr, flush=True)  # noqa: T201
