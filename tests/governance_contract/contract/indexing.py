"""Reads the operations of a contract document, and refuses what the checks do not support."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from . import operation_ids
from .components import HALVES
from .errors import ContractError, unsupported
from .operation import Operation
from .operation_ids import CREATE_UNIT, LIST_TEAMS, LIST_UNITS, REMOVE_TEAM
from .pointers import escape
from .published_view import published_view

if TYPE_CHECKING:
    from .document import Contract

_Placed = tuple[Mapping[str, Any], str]
"""A parameter and the JSON pointer to it."""
METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
KNOWN = frozenset(value for name, value in vars(operation_ids).items() if name.isupper())
"""The operations that the checks know."""
_KNOWN_MEMBERS = frozenset(
    {"name", "team_id", "budget", "rate_limit", "max_limit", "reset_duration", "calendar_aligned"}
    | {f"{half}_{field}" for half in HALVES for field in ("max_limit", "reset_duration")}
)
"""The members of request bodies that the checks know."""
_PLACEHOLDERS = ("{id}", "{team_id}")
_TEMPLATED = re.compile(r"\{([^{}/]+)\}")
_RESPONSE_KEY = re.compile(r"[1-5](?:[0-9]{2}|XX)|default")
# Header parameters of these names are ignored (OpenAPI 3.1, Parameter Object).
_OTHER_HEADERS = frozenset({"accept", "authorization", "content-type"})


def index(contract: Contract) -> Iterator[Operation]:
    """Yield every operation, in the order of the document.

    Raises:
        ContractError: the checks do not support a part of the document; the message names the place and the keyword.
        LookupError, AttributeError, TypeError, ValueError: the document is not well formed.
    """
    base = _base_path(contract.document)
    for template, item in contract.document["paths"].items():
        if template.startswith("x-"):
            continue
        _refuse_servers(item, f"/paths/{escape(template)}")
        for method in METHODS:
            if method in item:
                yield _operation(contract, base, template, method)


def _operation(contract: Contract, base: str, template: str, method: str) -> Operation:
    item = contract.document["paths"][template]
    node, place = item[method], f"/paths/{escape(template)}/{method}"
    operation_id = node["operationId"]
    _refuse_servers(node, place)
    if operation_id not in KNOWN:
        raise unsupported(place, "operationId", f"the checks have no operation {operation_id}")
    names = tuple(_TEMPLATED.findall(template))
    wanted = 0 if operation_id in (LIST_UNITS, CREATE_UNIT) else 2 if operation_id == REMOVE_TEAM else 1
    if len(names) != wanted:
        raise unsupported(place, "parameters", f"{operation_id} has {len(names)} in its path instead of {wanted}")
    path = template
    for name, placeholder in zip(names, _PLACEHOLDERS, strict=False):
        path = path.replace(f"{{{name}}}", placeholder)
    placed = _parameters(contract, template, method)
    parameters = [parameter for parameter, _ in placed]
    if operation_id in (LIST_UNITS, LIST_TEAMS):
        _refuse_other_pages(placed, place)
    body_schema = _body_schema(contract, node, place)
    published = published_view(item).get(method)
    responses = {key: _response_schema(contract, place, key) for key in _response_keys(node, place)}
    return Operation(
        id=operation_id,
        method=method.upper(),
        path=base + path,
        template=template,
        path_parameters=names,
        published=published is not None,
        secured=is_secured(contract.document, node, place),
        parameters=tuple(parameters),
        body_schema=body_schema,
        responses=responses,
        published_responses=frozenset((published or {}).get("responses", ())),
        needed_headers=_needed_headers(contract, placed),
        needed_query=_needed(contract, placed, "query"),
        permits=partial(_permits, contract, body_schema),
    )


def _base_path(document: Mapping[str, Any]) -> str:
    """Return the path of the first server, without a slash at its end."""
    servers = document.get("servers") or [{"url": "/"}]
    url, variables = str(servers[0]["url"]), servers[0].get("variables", {})
    for name in _TEMPLATED.findall(url):
        if "default" not in variables.get(name, {}):
            raise unsupported("/servers/0", "url", f"the variable {name} has no default")
        url = url.replace(f"{{{name}}}", str(variables[name]["default"]))
    path = urlsplit(url).path.rstrip("/")
    return path if not path or path.startswith("/") else f"/{path}"  # a URL relative to that of the document


def _refuse_servers(node: Mapping[str, Any], place: str) -> None:
    if "servers" in node:
        raise unsupported(place, "servers", "only the document names servers")


def _response_keys(node: Mapping[str, Any], place: str) -> list[str]:
    keys = [key for key in node["responses"] if not key.startswith("x-")]
    for key in keys:
        if not _RESPONSE_KEY.fullmatch(key):
            raise unsupported(f"{place}/responses", key, "not a status, a range such as 5XX, or default")
    return keys


# -- security ---------------------------------------------------------------------------------------------------------


def bearer_scheme(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the HTTP bearer scheme that the operations need; empty if none needs one.

    Raises:
        ContractError: the scheme, or a kind of credential that it refuses, is not an object.
    """
    items = [item for item in document["paths"].values() if isinstance(item, dict)]
    nodes = [document, *(item[method] for item in items for method in METHODS if method in item)]
    for node in nodes:
        for name in (name for requirement in node.get("security", ()) for name in requirement):
            scheme = _scheme(document, name)
            if _is_bearer(scheme):
                kinds = scheme.get("x-refused-credentials", {})
                if not isinstance(kinds, dict) or not all(isinstance(kind, dict) for kind in kinds.values()):
                    place = f"#/components/securitySchemes/{escape(name)}"
                    raise unsupported(place, "x-refused-credentials", "it is not an object of objects")
                return scheme
    return {}


def is_secured(document: Mapping[str, Any], node: Mapping[str, Any], place: str) -> bool:
    """Whether an operation needs the bearer scheme. An empty list or an empty requirement needs no credential.

    Raises:
        ContractError: the operation needs other credentials only.
    """
    requirements = node.get("security", document.get("security", ()))
    if not requirements or {} in requirements:
        return False
    for requirement in requirements:
        if len(requirement) == 1 and _is_bearer(_scheme(document, next(iter(requirement)))):
            return True
    raise unsupported(place if "security" in node else "", "security", "the checks know HTTP bearer credentials only")


def _scheme(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    place = f"#/components/securitySchemes/{escape(name)}"
    schemes = document.get("components", {}).get("securitySchemes", {})
    if name not in schemes:
        raise ContractError(f"has nothing at {place}")
    if not isinstance(schemes[name], dict):
        raise ContractError(f"has no object at {place}")
    return dict(schemes[name])


def _is_bearer(scheme: Mapping[str, Any]) -> bool:
    return scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer"


# -- bodies and responses ---------------------------------------------------------------------------------------------


def _body_schema(contract: Contract, node: Mapping[str, Any], place: str) -> str | None:
    if "requestBody" not in node:
        return None
    body, at = contract.follow(f"#{place}/requestBody")
    schema = _json_schema(body, at)
    if schema is not None:
        _refuse_unknown_members(contract, schema)
    return schema


def _refuse_unknown_members(contract: Contract, pointer: str) -> None:
    """Refuse a request body with a required member that the checks do not know, and so cannot fill in."""
    schema, at = contract.follow(pointer)
    place = at.removeprefix("#")
    demands = {"required": schema.get("required", ()), **schema.get("dependentRequired", {})}
    for of, names in demands.items():
        keyword = "required" if of == "required" else "dependentRequired"
        for name in names:
            if name not in _KNOWN_MEMBERS:
                raise unsupported(place, keyword, f"the checks have no value for the member {name}")
    members = schema.get("properties", {})
    parts = [f"properties/{escape(name)}" for name in members if isinstance(members[name], dict)]
    parts += [keyword for keyword in ("then", "else") if isinstance(schema.get(keyword), dict)]
    parts += [f"{keyword}/{index}" for keyword in ("allOf", "anyOf") for index in range(len(schema.get(keyword, ())))]
    for part in parts:
        _refuse_unknown_members(contract, f"{at}/{part}")


def _response_schema(contract: Contract, place: str, key: str) -> str | None:
    return _json_schema(*contract.follow(f"#{place}/responses/{key}"))


def _json_schema(node: Mapping[str, Any], pointer: str) -> str | None:
    if "schema" not in node.get("content", {}).get("application/json", {}):
        return None
    return f"{pointer}/content/application~1json/schema"


def _permits(contract: Contract, pointer: str | None, raw: bytes | None) -> bool:
    """Whether the contract permits a request body."""
    if pointer is None or raw is None:
        return True
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    budget = body.get("budget") if isinstance(body, dict) else None
    if isinstance(budget, dict) and budget.get("calendar_aligned") is True:
        duration = str(budget.get("reset_duration", ""))
        if duration and not contract.calendar_alignment.permits(duration):
            return False
    return contract.is_valid(pointer, body, published=False)


# -- parameters -------------------------------------------------------------------------------------------------------


def _parameters(contract: Contract, template: str, method: str) -> list[_Placed]:
    """Return the parameters of an operation with those of its path, which it may override."""
    parameters: dict[tuple[str, str], _Placed] = {}
    for owner in (f"#/paths/{escape(template)}", f"#/paths/{escape(template)}/{method}"):
        for position in range(len(contract.resolve(owner).get("parameters", ()))):
            node, at = contract.follow(f"{owner}/parameters/{position}")
            if node["in"] == "cookie" and node.get("required"):
                raise unsupported(at.removeprefix("#"), "in", "the checks send no cookie")
            parameters[node["in"], node["name"]] = node, at
    return list(parameters.values())


def _refuse_other_pages(parameters: list[_Placed], place: str) -> None:
    """Refuse a list without pages or without a search that the checks can ask for."""
    known = {node["name"]: at.removeprefix("#") for node, at in parameters if node["in"] == "query"}
    wanted = ("page", "limit", "search")
    others = [at for name, at in known.items() if name not in wanted]
    for name in wanted:
        if name not in known:
            raise unsupported(others[0] if others else f"{place}/parameters", "name", f"no parameter is called {name}")


def _needed_headers(contract: Contract, parameters: list[_Placed]) -> dict[str, str]:
    needed = _needed(contract, parameters, "header")
    return {name: _text(value) for name, value in needed.items() if name.lower() not in _OTHER_HEADERS}


def _needed(contract: Contract, parameters: list[_Placed], where: str) -> dict[str, Any]:
    """Return an example of each required parameter in a query or in a header."""
    needed = [(node, at) for node, at in parameters if node["in"] == where and node.get("required")]
    return {node["name"]: _example(contract, node, at) for node, at in needed}


def _example(contract: Contract, node: Mapping[str, Any], at: str) -> Any:
    """Return an example of a parameter's value: the contract's own, or else one that its schema permits."""
    if "example" in node:
        return node["example"]
    for name in node.get("examples", {}):
        return contract.follow(f"{at}/examples/{escape(name)}")[0]["value"]
    if "schema" not in node:
        raise unsupported(at.removeprefix("#"), "content", "a parameter needs a schema")
    for value in _candidates(contract, f"{at}/schema"):
        if contract.is_valid(f"{at}/schema", value, published=False):
            return value
    raise unsupported(at.removeprefix("#"), "required", "the checks need an example of this parameter")


def _candidates(contract: Contract, pointer: str) -> Iterator[Any]:
    schema, at = contract.follow(pointer)
    yield from schema.get("examples", [])
    yield from schema.get("enum", [])
    yield from (schema[keyword] for keyword in ("const", "default", "minimum", "maximum") if keyword in schema)
    if "items" in schema:
        yield from ([value] for value in _candidates(contract, f"{at}/items"))
    yield from ("example", "x" * int(schema.get("minLength", 1)), 1, True, [])


def _text(value: Any) -> str:
    """Return a value as it is sent in a header (style ``simple``)."""
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)
