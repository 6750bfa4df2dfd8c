"""The contract: the OpenAPI document, its operations, and the facts that the mock reads from it.

The module does not use HTTP or Flask. All differences between editions of the contract are read from the document, so
that another edition, given as a file, changes the behaviour without a change of code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_server.contract.pointers import escape, tokens_of
from mock_server.contract.statuses import response_key, stand_ins, success
from mock_server.errors import StartError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
JSON_MEDIA_TYPE = "application/json"
CALENDAR_ALIGNMENT = "/components/schemas/UpdateBudgetRequest/properties/calendar_aligned/x-calendar-alignment"
"""Where the contract says which budgets can follow the calendar."""
_PATH_PARAMETER = re.compile(r"\{([^{}/]+)\}")
_RESPONSE_KEY = re.compile(r"[1-5](?:[0-9]{2}|XX)|default")
_MOST_REFERENCES = 16
# Header parameters of these names are ignored (OpenAPI 3.1, Parameter Object).
_OTHER_HEADERS = {"accept", "authorization", "content-type"}


class ContractError(StartError):
    """The contract cannot be used; the message says why, in one line."""

    pointer: str | None = None
    """The place in the document, where the error has one."""


def unsupported(pointer: str, keyword: str, reason: str) -> ContractError:
    """Return the error for a part of the contract that the mock does not support: where, which keyword, and why."""
    error = ContractError(f"the contract has an unsupported {keyword!r} at {pointer or '/'}: {reason}")
    error.pointer = pointer
    return error


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation and its schema, with their places in the document."""

    name: str
    pointer: str
    required: bool
    schema: Mapping[str, Any]
    schema_pointer: str
    type: str
    """The type of the values: `string` unless the schema names another one."""
    item_type: str
    """The type of the items of an array."""
    explode: bool
    """Whether an array is sent as several parameters of one name."""


@dataclass(frozen=True, slots=True)
class Response:
    """One declared response: where its schema is (None without a body), and its examples by name."""

    schema_pointer: str | None
    examples: Mapping[str, Any]
    example_pointers: Mapping[str, str]
    """Where the value of each example is."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `path_parameters` are in the order of the path template."""

    id: str
    method: str
    path: str
    """The base path of the server and the path template."""
    pointer: str
    path_parameters: tuple[Parameter, ...]
    query_parameters: tuple[Parameter, ...]
    header_parameters: tuple[Parameter, ...]
    body_pointer: str | None
    body_required: bool
    body_examples: Mapping[str, Any]
    responses: Mapping[str, Response]
    """The responses by status, range (`5XX`) or `default`."""
    secured: bool
    """Whether a request needs a management key."""
    success: int
    """The status of a success."""
    stand_ins: Mapping[int, int]
    """The declared statuses that stand in for usual ones, such as 422 for 409."""

    def status(self, usual: int) -> int:
        """Return the status with which this operation says what others say with a usual one."""
        return self.stand_ins.get(usual, usual)

    def success_message(self) -> str:
        """Return the message in the first example of a success that has one, or else `OK`."""
        response = self.response(self.success)
        examples = response.examples.values() if response is not None else ()
        messages = (example["message"] for example in examples if isinstance(example, Mapping) and "message" in example)
        return str(next(messages, "OK"))

    def response(self, status: int) -> Response | None:
        """Return the declared response for a status, if any."""
        key = response_key(self.responses, status)
        return None if key is None else self.responses[key]


@dataclass(frozen=True, slots=True)
class KeyFormat:
    """The form of a management key: a prefix, then that many random letters and digits."""

    prefix: str
    random_characters: int


@dataclass(frozen=True, slots=True)
class Contract:
    """A loaded contract."""

    document: Mapping[str, Any]
    operations: Mapping[str, Operation] = field(default_factory=dict)

    def at(self, pointer: str) -> Any:
        """Return the node at a JSON pointer (RFC 6901); raises ContractError if there is none."""
        node: Any = self.document
        for key in tokens_of(pointer):
            if isinstance(node, Mapping) and key in node:
                node = node[key]
            elif isinstance(node, list) and key.isdecimal() and int(key) < len(node):
                node = node[int(key)]
            else:
                raise ContractError(f"the contract has nothing at {pointer}")
        return node

    @property
    def security_schemes(self) -> Mapping[str, Any]:
        """The security schemes of the document by their names."""
        schemes: Mapping[str, Any] = self.document.get("components", {}).get("securitySchemes", {})
        return schemes

    def security_scheme(self) -> Mapping[str, Any]:
        """The HTTP bearer scheme that the API requires; empty if no operation needs a credential."""
        schemes = self.security_schemes
        nodes = [self.document, *(self.at(operation.pointer) for operation in self.operations.values())]
        for name in (name for node in nodes for requirement in node.get("security", ()) for name in requirement):
            scheme = schemes.get(name, {})
            if not isinstance(scheme, Mapping):
                raise ContractError(f"the contract's security scheme {name} is not an object")
            if scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer":
                return dict(scheme)
        return {}

    def key_format(self) -> KeyFormat:
        """The form of management keys, from the security scheme's `x-key-format`."""
        key = self.security_scheme().get("x-key-format", {})
        try:
            key_format = KeyFormat(str(key["prefix"]), int(key["random_characters"]))
        except (TypeError, KeyError, ValueError):
            raise ContractError("the contract's security scheme has no usable x-key-format") from None
        if key_format.random_characters < 1:
            raise ContractError("the contract's x-key-format has no random characters")
        return key_format

    def refused_prefixes(self) -> dict[str, str]:
        """The prefix of each kind of credential that the API refuses, from the scheme's `x-refused-credentials`."""
        kinds = self.security_scheme().get("x-refused-credentials", {})
        if not isinstance(kinds, Mapping) or not all(isinstance(kind, Mapping) for kind in kinds.values()):
            raise ContractError("the contract's x-refused-credentials is not an object of objects")
        return {name: str(kind["prefix"]) for name, kind in kinds.items() if "carrier" in kind and "prefix" in kind}

    def calendar_alignment(self) -> tuple[frozenset[str], bool]:
        """The units of time that can follow the calendar, and whether enabling alignment sets usage to zero."""
        rules = self.at(CALENDAR_ALIGNMENT)
        try:
            units, on_enable = frozenset(rules["units"]), rules["on_enable"]
        except (TypeError, KeyError):
            raise ContractError(f"the contract has no units and on_enable at {CALENDAR_ALIGNMENT}") from None
        if not units <= set("dwMQY"):
            raise unsupported(CALENDAR_ALIGNMENT, "units", "only d, w, M, Q and Y follow the calendar")
        if on_enable not in ("reset-usage", "keep-usage"):
            raise unsupported(CALENDAR_ALIGNMENT, "on_enable", "only reset-usage and keep-usage")
        return units, on_enable == "reset-usage"


def default_path() -> Path:
    """Return the path of the contract, in the installed package or in the repository that contains this package."""
    package = Path(__file__).resolve().parents[1]
    packaged = package / "openapi" / "governance.yaml"
    return packaged if packaged.is_file() else package.parent / "openapi" / "governance.yaml"


def load(path: Path) -> Contract:
    """Read the contract from a YAML or JSON file; raises ContractError if it is missing, unparsable or invalid."""
    from mock_server.contract import yaml12

    return parse(yaml12.read_file(path, "the contract", ContractError)[1])


def parse(document: object) -> Contract:
    """Return a contract from a parsed OpenAPI 3.1 document; raises ContractError if it is not one."""
    if not isinstance(document, Mapping) or not str(document.get("openapi", "")).startswith("3.1"):
        raise ContractError("the contract is not an OpenAPI 3.1 document")
    if not isinstance(document.get("paths"), Mapping):
        raise ContractError("the contract has no paths")
    if not isinstance(document.get("info", {}), Mapping):
        raise ContractError("the contract's info is not an object")
    bare = Contract(document)
    operations: dict[str, Operation] = {}
    try:
        _refuse_other_files(document, "")
        for operation in _operations(bare):
            if operation.id in operations:
                raise ContractError(f"the contract has two operations {operation.id}")
            operations[operation.id] = operation
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        raise ContractError(f"the contract's paths are not well formed: {error!r}") from None
    except RecursionError:
        raise ContractError("the contract contains itself: an alias refers to an object around it") from None
    return Contract(document, operations)


def _refuse_other_files(node: Any, pointer: str) -> None:
    if isinstance(node, Mapping):
        reference = node.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#"):
            raise unsupported(pointer, "$ref", f"{reference} is in another file; bundle the contract first")
        for key, child in node.items():
            if isinstance(child, (Mapping, list)):
                _refuse_other_files(child, f"{pointer}/{escape(key)}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            _refuse_other_files(child, f"{pointer}/{index}")


def _operations(contract: Contract) -> Iterator[Operation]:
    base = _base_path(contract)
    for path in contract.document["paths"]:
        if path.startswith("x-"):
            continue
        if not path.startswith("/"):
            raise unsupported("/paths", path, "a path begins with a slash")
        item, pointer = follow(contract, f"/paths/{escape(path)}")
        _refuse_servers(item, pointer)
        for method in METHODS:
            if method in item:
                yield _operation(contract, base + path, method, pointer)


def _base_path(contract: Contract) -> str:
    """Return the path of the first server, without a slash at its end."""
    servers = contract.document.get("servers") or [{"url": "/"}]
    url, variables = servers[0]["url"], servers[0].get("variables", {})
    for name in _PATH_PARAMETER.findall(url):
        if "default" not in variables.get(name, {}):
            raise unsupported("/servers/0", "url", f"the variable {name} has no default")
        url = url.replace(f"{{{name}}}", variables[name]["default"])
    path = urlsplit(str(url)).path.rstrip("/")
    return path if not path or path.startswith("/") else f"/{path}"  # a URL relative to that of the document


def _refuse_servers(node: Mapping[str, Any], pointer: str) -> None:
    if "servers" in node:
        raise unsupported(pointer, "servers", "only the document names servers")


def _operation(contract: Contract, path: str, method: str, base: str) -> Operation:
    node, pointer = contract.at(f"{base}/{method}"), f"{base}/{method}"
    if not isinstance(node.get("operationId"), str):
        raise ContractError(f"{method.upper()} {path} has no operationId")
    if not isinstance(node.get("responses"), Mapping):
        raise ContractError(f"{node['operationId']} has no responses")
    _refuse_servers(node, pointer)
    parameters = _parameters(contract, base) | _parameters(contract, pointer)
    names = _PATH_PARAMETER.findall(path)
    missing = [name for name in names if ("path", name) not in parameters]
    if missing:
        raise ContractError(f"{node['operationId']} does not declare its path parameter {missing[0]}")
    body, body_pointer = follow(contract, f"{pointer}/requestBody") if "requestBody" in node else ({}, "")
    keys = [key for key in node["responses"] if not key.startswith("x-")]
    for key in keys:
        if not _RESPONSE_KEY.fullmatch(key):
            raise unsupported(f"{pointer}/responses", key, "not a status, a range such as 5XX, or default")
    return Operation(
        id=node["operationId"],
        method=method.upper(),
        path=path,
        pointer=pointer,
        path_parameters=tuple(parameters["path", name] for name in names),
        query_parameters=_sent_in(parameters, "query"),
        header_parameters=tuple(p for p in _sent_in(parameters, "header") if p.name.lower() not in _OTHER_HEADERS),
        body_pointer=_schema_pointer(body, body_pointer),
        body_required=bool(body.get("required", False)),
        body_examples=_examples(contract, body, body_pointer)[0],
        responses={key: _response(contract, f"{pointer}/responses/{key}") for key in keys},
        secured=_is_secured(contract, node, pointer),
        success=success(keys),
        stand_ins=stand_ins(keys, node["operationId"], has_path_parameters=bool(names), has_body=bool(body)),
    )


def _is_secured(contract: Contract, node: Mapping[str, Any], pointer: str) -> bool:
    """Whether an operation needs the bearer scheme. An empty list or an empty requirement needs no credential."""
    requirements = node.get("security", contract.document.get("security", ()))
    if not requirements or {} in requirements:
        return False
    schemes = contract.security_schemes
    for requirement in requirements:
        scheme = schemes.get(next(iter(requirement)), {}) if len(requirement) == 1 else {}
        if scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer":
            return True
    at = pointer if "security" in node else ""
    raise unsupported(at, "security", "the mock knows HTTP bearer credentials only")


def _sent_in(parameters: Mapping[tuple[str, str], Parameter], part: str) -> tuple[Parameter, ...]:
    return tuple(parameter for (where, _), parameter in parameters.items() if where == part)


def _parameters(contract: Contract, owner: str) -> dict[tuple[str, str], Parameter]:
    parameters: dict[tuple[str, str], Parameter] = {}
    for index in range(len(contract.at(owner).get("parameters", ()))):
        node, pointer = follow(contract, f"{owner}/parameters/{index}")
        if "schema" not in node:
            raise unsupported(pointer, "content", "a parameter needs a schema")
        if node["in"] == "cookie" and node.get("required"):
            raise unsupported(pointer, "in", "no operation needs a cookie")
        parameters[node["in"], node["name"]] = _parameter(contract, node, pointer)
    return parameters


def _parameter(contract: Contract, node: Mapping[str, Any], pointer: str) -> Parameter:
    schema, schema_pointer = follow(contract, f"{pointer}/schema")
    kind = _simple_type(schema, schema_pointer)
    default = schema.get("default")
    if kind == "integer" and isinstance(default, float) and default.is_integer():  # 20.0 is an integer in JSON Schema
        schema = {**schema, "default": int(default)}
    item_type = "string"
    if kind == "array" and "items" in schema:
        item_type = _simple_type(*follow(contract, f"{schema_pointer}/items"))
    style = node.get("style", "form" if node["in"] == "query" else "simple")
    if kind == "object" or item_type in ("array", "object"):
        raise unsupported(schema_pointer, "type", "a parameter is text, a number, a boolean or an array of these")
    if style not in ("form", "simple"):
        raise unsupported(pointer, "style", "only form in a query and simple elsewhere")
    return Parameter(
        name=node["name"],
        pointer=pointer,
        required=bool(node.get("required", False)),
        schema=schema,
        schema_pointer=schema_pointer,
        type=kind,
        item_type=item_type,
        explode=node["in"] == "query" and bool(node.get("explode", True)),
    )


def _simple_type(schema: Mapping[str, Any], pointer: str) -> str:
    """Return the type of a parameter's schema. Null cannot be sent."""
    kinds = schema.get("type", "string")
    named = [kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"]
    if len(named) != 1:
        raise unsupported(pointer, "type", "a parameter has one type")
    return str(named[0])


def _response(contract: Contract, pointer: str) -> Response:
    node, pointer = follow(contract, pointer)
    return Response(_schema_pointer(node, pointer), *_examples(contract, node, pointer))


def _examples(contract: Contract, node: Mapping[str, Any], pointer: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the JSON examples of a request body or a response by name, and where each is."""
    media_type = node.get("content", {}).get(JSON_MEDIA_TYPE, {})
    at = f"{pointer}/content/{escape(JSON_MEDIA_TYPE)}"
    values, pointers = {}, {}
    for name in media_type.get("examples", {}):
        example, place = follow(contract, f"{at}/examples/{escape(name)}")
        if "value" in example:
            values[name], pointers[name] = example["value"], f"{place}/value"
    if "example" in media_type:
        values["example"], pointers["example"] = media_type["example"], f"{at}/example"
    return values, pointers


def _schema_pointer(node: Mapping[str, Any], pointer: str) -> str | None:
    if "schema" not in node.get("content", {}).get(JSON_MEDIA_TYPE, {}):
        return None
    return f"{pointer}/content/{escape(JSON_MEDIA_TYPE)}/schema"


def follow(contract: Contract, pointer: str) -> tuple[Mapping[str, Any], str]:
    """Return the object at a pointer and its own pointer, after following references; raises ContractError."""
    for _ in range(_MOST_REFERENCES):
        node = contract.at(pointer)
        if not isinstance(node, Mapping):
            raise ContractError(f"the contract has no object at {pointer}")
        reference = node.get("$ref")
        if reference is None:
            return node, pointer
        if not isinstance(reference, str) or not reference.startswith("#/"):
            raise ContractError(f"the contract refers to something outside itself at {pointer}")
        pointer = reference[1:]
    raise ContractError(f"the contract's references go round in circles at {pointer}")
