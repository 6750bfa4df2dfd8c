"""The operations of control: one function for each operationId of `openapi.yaml`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from mock_server.control import chaos, overview, simulation, states
from mock_server.control.journal import operations as journal_operations
from mock_server.control.pipeline import DOCUMENT, ControlCall, ControlFunction


def get_health(call: ControlCall) -> Any:
    """Say that the mock is ready."""
    return {"status": "ready"}


def get_info(call: ControlCall) -> Any:
    """Return what the mock serves."""
    info = call.context.contract.document.get("info", {})
    creation = call.context.contract.operations.get("createBusinessUnit")
    return {
        "edition": str(info.get("version", "")),
        "title": str(info.get("title", "")),
        "store": call.sandbox.store.kind,
        "clock": simulation.clock_json(call.sandbox),
        "sandbox": call.sandbox.name,
        "control": True,
        "units_path": None if creation is None else creation.path,
    }


def get_control_document(call: ControlCall) -> Any:
    """Return the document of control."""
    return Response(DOCUMENT.read_bytes(), content_type="application/yaml")


def get_contract(call: ControlCall) -> Any:
    """Return the contract that the mock serves. JSON is YAML, and keeps the numbers as they are."""
    text = json.dumps(call.context.contract.document, ensure_ascii=False, indent=1)
    return Response(text.encode(), content_type="application/yaml")


OPERATIONS: Mapping[str, ControlFunction] = {
    "getHealth": get_health,
    "getInfo": get_info,
    "getControlDocument": get_control_document,
    "getContract": get_contract,
    **states.OPERATIONS,
    **simulation.OPERATIONS,
    **chaos.OPERATIONS,
    **journal_operations.OPERATIONS,
    **overview.OPERATIONS,
}
