"""A minimal Flask application for the measured requests, without contract, credentials, validation or state.

It is the lower bound for a mock on the same framework and server. `python -m bench.bare PORT` serves it with the mock's
server. `python -m bench.bare PORT validated` serves the same views with validation by the contract's schemas, still
without credentials and state. The environment variables `BENCH_UNIT` and `BENCH_UPDATED` contain the two response
bodies as JSON.
"""

import gc
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, abort, request

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


def create_validated_app() -> Flask:
    """Return an application with the same views, which also judge each request and response with jsonschema-rs."""
    app = Flask(__name__)
    unit: dict[str, Any] = json.loads(os.environ["BENCH_UNIT"])
    updated: dict[str, Any] = json.loads(os.environ["BENCH_UPDATED"])
    get, put = "/{id}/get/responses/200", "/{id}~1governance/put/responses/200"
    is_unit, is_updated, is_update = _validators(get, put, "/{id}~1governance/put/requestBody")

    @app.get("/api/governance/business-units/<unit_id>")
    def get_unit(unit_id: str) -> dict[str, Any]:
        return unit if is_unit(unit) else abort(500)

    @app.put("/api/governance/business-units/<unit_id>/governance")
    def put_governance(unit_id: str) -> dict[str, Any]:
        if not is_update(request.get_json()):
            abort(400)
        return updated if is_updated(updated) else abort(500)

    return app


def _validators(*places: str) -> list[Callable[[Any], bool]]:
    """Return validators of the JSON bodies below the path of a unit."""
    import jsonschema_rs
    import yaml

    contract = Path(__file__).resolve().parent.parent / "openapi" / "governance.yaml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(contract.read_text(encoding="utf-8"), loader)  # noqa: S506 - both loaders are safe
    registry = jsonschema_rs.Registry([("urn:contract", json.loads(json.dumps(document, default=str)))])
    below = "urn:contract#/paths/~1api~1governance~1business-units~1"
    return [
        jsonschema_rs.Draft202012Validator(
            {"$ref": f"{below}{place.removeprefix('/').replace('{id}', '%7Bid%7D')}/content/application~1json/schema"},
            registry=registry,
        ).is_valid
        for place in places
    ]


def main(port: int, kind: str = "") -> None:
    """Serve an application with the server of the mock."""
    from mock_server.http.server import listen, serve  # imported here, since the other servers do not use it

    app = create_validated_app() if kind == "validated" else create_app()
    gc.freeze()  # as the mock does
    serve(app, listen("127.0.0.1", port), MAX_BODY_BYTES, lambda: None)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
