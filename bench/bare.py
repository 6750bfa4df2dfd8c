"""A minimal Flask application for the measured requests, without contract, credentials, validation or state.

It is the lower bound for a mock on the same framework and server. `python -m bench.bare PORT` serves it with the mock's
server. The environment variables `BENCH_UNIT` and `BENCH_UPDATED` contain the two response bodies as JSON.
"""

import gc
import json
import os
import sys
from typing import Any

from flask import Flask, request

MAX_BODY_BYTES = 1024 * 1024


def create_app() -> Flask:
    """Return an application with two views that serialise fixed objects. PUT also parses its body."""
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
    """Serve the application with the server of the mock."""
    from mock_server.server import listen, serve  # imported here, since the other servers do not use it

    app = create_app()
    gc.freeze()  # as the mock does
    serve(app, listen("127.0.0.1", port), MAX_BODY_BYTES, lambda: None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
