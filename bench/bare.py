"""The least that a Flask server can do for the measured requests: no contract, credentials, validation or state.

A mock on the same framework and server cannot be faster than this. `python -m bench.bare PORT THREADS` serves it with
Granian; the two answers are JSON in the environment, `BENCH_UNIT` and `BENCH_UPDATED`.
"""

import json
import os
import sys
from typing import Any

from flask import Flask, request


def create_app() -> Flask:
    """Two views that serialise fixed objects; PUT parses its body first."""
    app = Flask(__name__)
    unit: dict[str, Any] = json.loads(os.environ["BENCH_UNIT"])
    updated: dict[str, Any] = json.loads(os.environ["BENCH_UPDATED"])

    @app.get("/api/governance/business-units/<unit_id>")
    def get_unit(unit_id: str) -> dict[str, Any]:
        return unit

    @app.put("/api/governance/business-units/<unit_id>/governance")
    def put_governance(unit_id: str) -> dict[str, Any]:
        request.get_json()
        return updated

    return app


def main(port: int, threads: int) -> None:
    """Serve the app with Granian in the way the mock does."""
    from granian import Granian  # here, because the other servers do without it
    from granian.constants import Interfaces

    Granian(
        "bench.bare:create_app",
        factory=True,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=threads,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
