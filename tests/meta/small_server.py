"""A small server as a developer may write it first: it stores what it is sent, and validates nothing.

It behaves like a public re-implementation of the API: an update stores both components as they were sent, one that the
update omits becomes null, a creation of a unit responds under `business_unit`, and no response has a `message`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from api_paths import UNITS
from flask import Flask, Response, abort, jsonify, request
from werkzeug.serving import make_server

_Units = dict[str, dict[str, Any]]


def create_app(api_key: str) -> tuple[Flask, _Units]:
    """Return the application and its units by their ids."""
    app = Flask(__name__)
    units: _Units = {}

    @app.before_request
    def authenticate() -> None:
        if request.headers.get("Authorization") != f"Bearer {api_key}":
            abort(401)

    @app.errorhandler(400)
    @app.errorhandler(401)
    @app.errorhandler(404)
    @app.errorhandler(405)
    @app.errorhandler(409)
    def refuse(error: Any) -> tuple[Response, int]:
        response = jsonify({"error": {"message": error.description}})
        response.headers.update({name: value for name, value in error.get_headers() if name == "Allow"})
        return response, error.code

    @app.get(UNITS)
    def list_units() -> Response:
        return jsonify({"business_units": list(units.values()), "total": len(units)})

    @app.post(UNITS)
    def create_unit() -> Response:
        name = _body().get("name")
        if any(unit["name"] == name for unit in units.values()):
            abort(409)
        unit = {"id": str(uuid4()), "name": name, "budget": None, "rate_limit": None}
        units[unit["id"]] = unit
        return _respond(unit)

    @app.get(f"{UNITS}/<unit_id>")
    def get_unit(unit_id: str) -> Response:
        return jsonify(_found(units, unit_id))

    @app.put(f"{UNITS}/<unit_id>")
    def rename_unit(unit_id: str) -> Response:
        _found(units, unit_id)["name"] = _body().get("name")
        return _respond(units[unit_id])

    @app.delete(f"{UNITS}/<unit_id>")
    def delete_unit(unit_id: str) -> Response:
        _found(units, unit_id)
        del units[unit_id]
        return jsonify({})

    _serve_governance(app, units)
    return app, units


def _serve_governance(app: Flask, units: _Units) -> None:
    @app.put(f"{UNITS}/<unit_id>/governance")
    @app.post(f"{UNITS}/<unit_id>/governance")
    def store_governance(unit_id: str) -> Response:
        sent = _body()
        _found(units, unit_id).update(budget=sent.get("budget"), rate_limit=sent.get("rate_limit"))
        return _respond(units[unit_id])

    @app.delete(f"{UNITS}/<unit_id>/governance")
    def delete_governance(unit_id: str) -> Response:
        if _found(units, unit_id)["budget"] is None and units[unit_id]["rate_limit"] is None:
            abort(404)
        units[unit_id].update(budget=None, rate_limit=None)
        return jsonify({})


def _found(units: _Units, unit_id: str) -> dict[str, Any]:
    return units[unit_id] if unit_id in units else abort(404)


def _body() -> dict[str, Any]:
    given = request.get_json(silent=True)
    return given if isinstance(given, dict) else {}


def _respond(unit: dict[str, Any]) -> Response:
    return jsonify({"business_unit": unit})


@contextmanager
def running_small_server(api_key: str) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    """Serve it from a thread on 127.0.0.1 until the block ends; yield its URL and its units."""
    app, units = create_app(api_key)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", units
    finally:
        server.shutdown()
        thread.join()
