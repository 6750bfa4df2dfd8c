"""Edits of the contract that the mock must serve and the checks must judge, each without a violation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

UNITS = "/api/governance/business-units"
_UNIT = f"{UNITS}/{{id}}"
Place = tuple[str | int, ...]
"""The keys that lead to a node of the document."""


def _operation(document: Any, operation_id: str) -> tuple[Any, str]:
    """Return the path item of an operation and its method."""
    for item in document["paths"].values():
        for method in ("get", "put", "post", "delete"):
            if item.get(method, {}).get("operationId") == operation_id:
                return item, method
    raise LookupError(operation_id)


def _responses(document: Any, operation_id: str) -> Any:
    item, method = _operation(document, operation_id)
    return item[method]["responses"]


def _with_status(operation_id: str, old: str, new: str) -> Callable[[Any], None]:
    def apply(document: Any) -> None:
        responses = _responses(document, operation_id)
        responses[new] = responses.pop(old)

    return apply


def _with_security(operation_id: str, security: list[Any]) -> Callable[[Any], None]:
    def apply(document: Any) -> None:
        item, method = _operation(document, operation_id)
        item[method]["security"] = security

    return apply


def _with_parameter(operation_id: str, parameter: dict[str, Any]) -> Callable[[Any], None]:
    def apply(document: Any) -> None:
        item, method = _operation(document, operation_id)
        item[method].setdefault("parameters", []).append(parameter)

    return apply


def _without(operation_id: str) -> Callable[[Any], None]:
    def apply(document: Any) -> None:
        item, method = _operation(document, operation_id)
        del item[method]

    return apply


def _with_page(name: str, **keywords: int) -> Callable[[Any], None]:
    return lambda document: document["components"]["parameters"][name]["schema"].update(keywords)


def _with_schema(name: str, **keywords: Any) -> Callable[[Any], None]:
    return lambda document: document["components"]["schemas"][name].update(keywords)


def _names_without(*keywords: str) -> Callable[[Any], None]:
    def apply(document: Any) -> None:
        name = document["components"]["schemas"]["CreateBusinessUnitRequest"]["properties"]["name"]
        for keyword in keywords:
            del name[keyword], name["x-provenance"][keyword]

    return apply


def _with_alignment(units: list[str]) -> Callable[[Any], None]:
    def apply(document: Any) -> None:
        aligned = document["components"]["schemas"]["UpdateBudgetRequest"]["properties"]["calendar_aligned"]
        aligned["x-calendar-alignment"]["units"] = units

    return apply


def rename_path_parameter(document: Any, old: str, new: str) -> None:
    """Rename a path parameter in the templates of the paths and in the links."""
    document["paths"] = {path.replace(f"{{{old}}}", f"{{{new}}}"): item for path, item in document["paths"].items()}
    for _, node in list(nodes(document, ())):
        if isinstance(node, dict) and f"path.{old}" in node:
            node[f"path.{new}"] = node.pop(f"path.{old}")


def nodes(node: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """Yield every object and list with its place."""
    if isinstance(node, dict | list):
        yield place, node
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from nodes(child, (*place, key))


def _path_parameter_called(name: str) -> Callable[[Any], None]:
    def apply(document: Any) -> None:
        document["components"]["parameters"]["BusinessUnitId"]["name"] = name
        rename_path_parameter(document, "id", name)

    return apply


def _base_path_in_servers(document: Any) -> None:
    document["servers"] = [{"url": "https://gateway.example/api/governance"}]
    document["paths"] = {path.removeprefix("/api/governance"): item for path, item in document["paths"].items()}


def _base_path_in_paths(document: Any) -> None:
    document["paths"] = {f"/base{path}": item for path, item in document["paths"].items()}


def _references(document: Any) -> None:
    components = document["components"]
    components["pathItems"] = {"Unit": document["paths"][_UNIT]}
    document["paths"][_UNIT] = {"$ref": "#/components/pathItems/Unit"}
    responses = components["pathItems"]["Unit"]["get"]["responses"]
    examples = responses["200"]["content"]["application/json"]["examples"]
    components["examples"] = {"Legal": examples["legal"]}
    examples["legal"] = {"$ref": "#/components/examples/Legal"}
    components["responses"]["OneUnit"] = responses["200"]
    responses["200"] = {"$ref": "#/components/responses/OneUnit"}
    item, method = _operation(document, "createBusinessUnit")
    components["requestBodies"] = {"NewUnit": item[method]["requestBody"]}
    item[method]["requestBody"] = {"$ref": "#/components/requestBodies/NewUnit"}


def _default_responses(document: Any) -> None:
    for item in document["paths"].values():
        for method in ("get", "put", "post", "delete"):
            if method in item:
                responses = item[method]["responses"]
                responses["5XX"] = responses.pop("500")
                responses["default"] = responses.pop("405")
                responses.pop("413", None)


_LISTS, _UPDATE, _CREATE = "listBusinessUnits", "updateBusinessUnitGovernance", "createBusinessUnit"
_OPERATIONS = (
    _LISTS,
    _CREATE,
    "getBusinessUnit",
    "updateBusinessUnit",
    "deleteBusinessUnit",
    "listBusinessUnitTeams",
    "assignTeamToBusinessUnit",
    "removeTeamFromBusinessUnit",
    "createBusinessUnitGovernance",
    _UPDATE,
    "deleteBusinessUnitGovernance",
)
NAMED: dict[str, Callable[[Any], None]] = {
    "default limit 10": _with_page("Limit", default=10),
    "maximum and default limit 200": _with_page("Limit", maximum=200, default=200),
    "no default limit": lambda document: document["components"]["parameters"]["Limit"]["schema"].pop("default"),
    "default page 2": _with_page("Page", default=2),
    "maximum limit 50": _with_page("Limit", maximum=50),
    "maximum limit 5, default 2": _with_page("Limit", maximum=5, default=2),
    "minimum limit 3": _with_page("Limit", minimum=3),
    "maximum page 3": _with_page("Page", maximum=3),
    "names of any length": _names_without("maxLength"),
    "names that may be blank": _names_without("minLength", "pattern"),
    "minimum count 1000": _with_schema("MaxLimitCount", minimum=1000),
    "maximum count 500": _with_schema("MaxLimitCount", maximum=500),
    "minimum amount 100": _with_schema("MaxLimitDollars", exclusiveMinimum=100),
    "durations of 4 characters": _with_schema("ResetDuration", maxLength=4),
    "alignment without years": _with_alignment(["d", "w", "M"]),
    "alignment of months alone": _with_alignment(["M"]),
    "a path parameter called bu-id": _path_parameter_called("bu-id"),
    "a path parameter called business_unit_id": _path_parameter_called("business_unit_id"),
    "the base path in servers": _base_path_in_servers,
    "a base path in paths": _base_path_in_paths,
    "creation answered 201": _with_status(_CREATE, "200", "201"),
    "a taken name answered 422": _with_status(_CREATE, "409", "422"),
    "a bad update answered 422": _with_status(_UPDATE, "400", "422"),
    "an unknown unit answered 410": _with_status(_UPDATE, "404", "410"),
    "an update accepted with 202": _with_status(_UPDATE, "200", "202"),
    "no security of the list": _with_security(_LISTS, []),
    "no security of the update": _with_security(_UPDATE, []),
    "optional security of the read": _with_security("getBusinessUnit", [{"ManagementBearerAuth": []}, {}]),
    "no security at all": lambda document: document.pop("security"),
    "a required header": _with_parameter(
        _UPDATE, {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string", "minLength": 3}}
    ),
    "a required boolean in the query": _with_parameter(
        _LISTS, {"name": "all", "in": "query", "required": True, "schema": {"type": "boolean"}}
    ),
    "a required number in the query": _with_parameter(
        "getBusinessUnit",
        {"name": "rate", "in": "query", "required": True, "schema": {"type": "number", "minimum": 2.5}},
    ),
    "a required array in the query": _with_parameter(
        _UPDATE,
        {
            "name": "tags",
            "in": "query",
            "required": True,
            "schema": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        },
    ),
    "references to parts": _references,
    "default and 5XX responses": _default_responses,
    **{f"no {operation_id}": _without(operation_id) for operation_id in _OPERATIONS},
}
