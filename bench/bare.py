"""The least that a Flask server can do for the measured requests: no contract, credentials, validation or state.

A mock on the same framework and server cannot be faster than this. `python -m bench.bare PORT` serves it as the mock is
served; the two answers are JSON in the environment, `BENCH_UNIT` and `BENCH_UPDATED`.
"""

import json
import os
import sys
from typing import Any

from flask import Flask, request

MAX_BODY_BYTES = 1024 * 1024


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


def main(port: int) -> None:
    """Serve the app in the way the mock is served."""
    from mock_server.server import listen, serve  # here, because the other servers do without it

    serve(create_app(), listen("127.0.0.1", port), MAX_BODY_BYTES, lambda: None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
