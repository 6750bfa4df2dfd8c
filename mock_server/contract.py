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

from mock_server.errors import StartError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
JSON_MEDIA_TYPE = "application/json"
_PATH_PARAMETER = re.compile(r"\{([^{}/]+)\}")


class ContractError(StartError):
    """The contract cannot be used; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation, its schema found under `pointer` in the document."""

    name: str
    required: bool
    schema: Mapping[str, Any]
    pointer: str


@dataclass(frozen=True, slots=True)
class Response:
    """One declared response: where its schema is (None without a body) and the values of its examples by name."""

    pointer: str | None
    examples: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `path_parameters` are in the order of the path template."""

    id: str
    method: str
    path: str
    path_parameters: tuple[Parameter, ...]
    query_parameters: tuple[Parameter, ...]
    body_pointer: str | None
    body_required: bool
    responses: Mapping[int, Response]


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
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            if isinstance(node, Mapping) and key in node:
                node = node[key]
            elif isinstance(node, list) and key.isdecimal() and int(key) < len(node):
                node = node[int(key)]
            else:
                raise ContractError(f"the contract has nothing at {pointer}")
        return node

    def security_scheme(self) -> Mapping[str, Any]:
        """The HTTP bearer scheme that the API requires; raises ContractError without one."""
        schemes = self.document.get("components", {}).get("securitySchemes", {})
        for requirement in self.document.get("security", ()):
            for name in requirement:
                scheme = schemes.get(name, {})
                if not isinstance(scheme, Mapping):
                    raise ContractError(f"the contract's security scheme {name} is not an object")
                if scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer":
                    return dict(scheme)
        raise ContractError("the contract requires no HTTP bearer scheme")

    def key_format(self) -> KeyFormat:
        """The form of management keys, from the security scheme's `x-key-format`."""
        found = self.security_scheme().get("x-key-format", {})
        try:
            key_format = KeyFormat(str(found["prefix"]), int(found["random_characters"]))
        except (TypeError, KeyError, ValueError):
            raise ContractError("the contract's security scheme has no usable x-key-format") from None
        if key_format.random_characters < 1:
            raise ContractError("the contract's x-key-format has no random characters")
        return key_format

    def refused_prefixes(self) -> tuple[str, ...]:
        """The prefixes of the credentials that the API refuses, from the security scheme's `x-refused-credentials`."""
        kinds = self.security_scheme().get("x-refused-credentials", {}).values()
        return tuple(kind["prefix"] for kind in kinds if "carrier" in kind and "prefix" in kind)

    def calendar_alignment(self) -> tuple[frozenset[str], bool]:
        """The units of time that can follow the calendar, and whether enabling alignment sets usage to zero."""
        pointer = "/components/schemas/UpdateBudgetRequest/properties/calendar_aligned/x-calendar-alignment"
        rules = self.at(pointer)
        try:
            units, on_enable = frozenset(rules["units"]), rules["on_enable"]
        except (TypeError, KeyError):
            raise ContractError(f"the contract has no units and on_enable at {pointer}") from None
        if on_enable not in {"reset-usage", "keep-usage"} or not units <= set("dwMQY"):
            raise ContractError(f"the contract has an unknown unit or on_enable at {pointer}")
        return units, on_enable == "reset-usage"


def default_path() -> Path:
    """Return the path of the contract, in the installed package or in the repository that contains this package."""
    package = Path(__file__).resolve().parent
    packaged = package / "openapi" / "governance.yaml"
    return packaged if packaged.is_file() else package.parent / "openapi" / "governance.yaml"


def load(path: Path) -> Contract:
    """Read the contract from a YAML or JSON file; raises ContractError if it is missing, unparsable or invalid."""
    import yaml

    try:
        text = path.read_bytes()
    except OSError as error:
        raise ContractError(f"cannot read the contract {path}: {error.strerror}") from None
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 both are safe
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ContractError(f"cannot parse the contract {path}: {' '.join(str(error).split())}") from None
    return parse(document)


def parse(document: object) -> Contract:
    """Return a contract from a parsed OpenAPI 3.1 document; raises ContractError if it is not one."""
    if not isinstance(document, Mapping) or not str(document.get("openapi", "")).startswith("3.1"):
        raise ContractError("the contract is not an OpenAPI 3.1 document")
    if not isinstance(document.get("paths"), Mapping):
        raise ContractError("the contract has no paths")
    bare = Contract(document)
    operations: dict[str, Operation] = {}
    try:
        for operation in _operations(bare):
            if operation.id in operations:
                raise ContractError(f"the contract has two operations {operation.id}")
            operations[operation.id] = operation
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        raise ContractError(f"the contract's paths are not well formed: {error!r}") from None
    return Contract(document, operations)


def _operations(contract: Contract) -> Iterator[Operation]:
    for path, item in contract.document["paths"].items():
        base = f"/paths/{_escape(path)}"
        for method in METHODS:
            if method in item:
                yield _operation(contract, path, method, base)


def _operation(contract: Contract, path: str, method: str, base: str) -> Operation:
    node, pointer = contract.at(f"{base}/{method}"), f"{base}/{method}"
    if not isinstance(node.get("operationId"), str):
        raise ContractError(f"{method.upper()} {path} has no operationId")
    if not isinstance(node.get("responses"), Mapping):
        raise ContractError(f"{node['operationId']} has no responses")
    parameters = _parameters(contract, base) | _parameters(contract, pointer)
    names = _PATH_PARAMETER.findall(path)
    missing = [name for name in names if ("path", name) not in parameters]
    if missing:
        raise ContractError(f"{node['operationId']} does not declare its path parameter {missing[0]}")
    body, body_pointer = _follow(contract, f"{pointer}/requestBody") if "requestBody" in node else ({}, "")
    return Operation(
        id=node["operationId"],
        method=method.upper(),
        path=path,
        path_parameters=tuple(parameters["path", name] for name in names),
        query_parameters=tuple(found for (place, _), found in parameters.items() if place == "query"),
        body_pointer=_schema_pointer(body, body_pointer),
        body_required=bool(body.get("required", False)),
        responses={
            int(status): _response(contract, f"{pointer}/responses/{status}")
            for status in node["responses"]
            if str(status).isdecimal()
        },
    )


def _parameters(contract: Contract, owner: str) -> dict[tuple[str, str], Parameter]:
    found: dict[tuple[str, str], Parameter] = {}
    for index in range(len(contract.at(owner).get("parameters", ()))):
        node, pointer = _follow(contract, f"{owner}/parameters/{index}")
        schema, schema_pointer = _follow(contract, f"{pointer}/schema")
        found[node["in"], node["name"]] = Parameter(
            node["name"], bool(node.get("required", False)), schema, schema_pointer
        )
    return found


def _response(contract: Contract, pointer: str) -> Response:
    node, pointer = _follow(contract, pointer)
    media_type = node.get("content", {}).get(JSON_MEDIA_TYPE, {})
    examples = {name: example["value"] for name, example in media_type.get("examples", {}).items()}
    return Response(_schema_pointer(node, pointer), examples)


def _schema_pointer(node: Mapping[str, Any], pointer: str) -> str | None:
    if "schema" not in node.get("content", {}).get(JSON_MEDIA_TYPE, {}):
        return None
    return f"{pointer}/content/{_escape(JSON_MEDIA_TYPE)}/schema"


def _follow(contract: Contract, pointer: str) -> tuple[Mapping[str, Any], str]:
    """Return the node at a pointer and its own pointer, after following references inside the document."""
    for _ in range(16):
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


def _escape(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")
