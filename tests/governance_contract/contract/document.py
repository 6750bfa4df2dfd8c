"""The contract document: operations, schemas, and the published view.

``x-provenance`` marks each statement of the contract that is not on the published page (see ``openapi/README.md``).
The *published* view omits these statements and is used by MUST rules. The *full* view includes them and is used by
SHOULD rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from .operation_ids import UPDATE_GOVERNANCE

SECURITY_SCHEME = "#/components/securitySchemes/ManagementBearerAuth"
METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_PROVENANCE = "x-provenance"
_CALENDAR_ALIGNMENT = "#/components/schemas/UpdateBudgetRequest/properties/calendar_aligned/x-calendar-alignment"
_FILE = Path("openapi", "governance.yaml")


class ContractError(ValueError):
    """The contract file cannot be used; the message gives the reason."""


@dataclass(frozen=True)
class Operation:
    """One operation of the contract."""

    id: str
    method: str
    path: str
    published: bool
    parameters: tuple[Mapping[str, Any], ...]
    body_schema: str | None
    responses: Mapping[str, str | None]
    """The JSON pointer of the response schema by declared status; None for a response without a JSON schema."""

    @property
    def writes(self) -> bool:
        """Whether the operation changes state (RFC 9110 section 9.2.1: GET is safe)."""
        return self.method != "GET"

    @property
    def needs_unit(self) -> bool:
        """Whether the path of the operation contains the id of a business unit."""
        return "{id}" in self.path


@dataclass(frozen=True)
class CalendarAlignment:
    """The contract's ``x-calendar-alignment``."""

    units: tuple[str, ...]
    """The units of a duration that can be aligned, such as ``d``."""
    resets_usage: bool
    """Whether enabling alignment sets the usage to zero."""


def default_path() -> Path:
    """Return the path of the built-in contract: in the installed package, or else in the repository."""
    packaged = Path(__file__).parents[1] / _FILE
    return packaged if packaged.is_file() else Path(__file__).parents[3] / _FILE


def load(path: Path | None = None) -> Contract:
    """Read a contract file, by default the built-in one.

    Raises:
        ContractError: the file is missing, is not YAML, is not an OpenAPI 3.1 document, or is incomplete.
    """
    source = path or default_path()
    try:
        contract = _parse(source)
        _check_references(contract)
        pointers = _schema_pointers(contract)
        if path is not None:  # the built-in schemas are valid, and a check takes 0.25 s
            _check_schemas(contract, pointers)
    except ContractError as error:
        raise ContractError(f"the contract {source} {error}") from error
    return contract


def _parse(source: Path) -> Contract:
    """Read a YAML file and check that it has the shape of an OpenAPI 3.1 document."""
    try:
        text = source.read_bytes()
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both are safe
    except OSError as error:
        raise ContractError(f"cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ContractError(f"is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.1"):
        raise ContractError("is not an OpenAPI 3.1 document")
    if not isinstance(document.get("paths"), dict) or not isinstance(document.get("info"), dict):
        raise ContractError("has no paths or no info")
    if not document["info"].get("version"):
        raise ContractError("has no edition: info.version is missing")
    return Contract(document, hashlib.sha256(text).hexdigest())


def _check_references(contract: Contract) -> None:
    """Check that every reference within the document, and the security scheme, can be resolved."""
    for pointer in (*_references(contract.document), SECURITY_SCHEME):
        try:
            contract.resolve(pointer)
        except (LookupError, TypeError, ValueError) as error:
            raise ContractError(f"has nothing at {pointer}") from error
    if not isinstance(contract.resolve(SECURITY_SCHEME), dict):
        raise ContractError(f"has no object at {SECURITY_SCHEME}")


def _schema_pointers(contract: Contract) -> list[str]:
    """Return the pointers of all schemas of request bodies and responses; check that the operations are well formed."""
    try:
        operations = contract.operations
    except (LookupError, AttributeError, TypeError, ValueError) as error:
        lacking = f"something lacks {error}" if isinstance(error, KeyError) else str(error)
        raise ContractError(f"has paths that are not well formed: {lacking}") from error
    if UPDATE_GOVERNANCE not in operations:
        raise ContractError(f"has no operation {UPDATE_GOVERNANCE}")
    used = [pointer for one in operations.values() for pointer in (one.body_schema, *one.responses.values())]
    return [pointer for pointer in used if pointer is not None]


def _check_schemas(contract: Contract, pointers: Sequence[str]) -> None:
    """Check that the schemas and all schemas that they reference are valid."""
    waiting, seen = list(pointers), set()
    while waiting:
        if (at := waiting.pop()) in seen:
            continue
        seen.add(at)
        try:
            Draft202012Validator.check_schema(schema := contract.resolve(at))
        except SchemaError as error:
            raise ContractError(f"has no JSON Schema at {at}: {error.message[:200]}") from error
        waiting += _references(schema)


def _references(node: Any) -> Iterator[str]:
    """Yield every reference into the document itself."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            yield reference
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def published_view(node: Any, unpublished: Set[str] = frozenset()) -> Any:
    """Return a copy of a part of the contract without the members that ``x-provenance`` marks.

    ``unpublished`` holds the marks of enclosing objects that point into this part, as JSON pointers without the leading
    slash.
    """
    if isinstance(node, dict):
        marked = {*unpublished, *node.get(_PROVENANCE, ())}
        return {
            key: published_view(value, _below(marked, key))
            for key, value in node.items()
            if _escape(str(key)) not in marked and key != _PROVENANCE
        }
    if isinstance(node, list):
        return [published_view(item) for item in node]
    return node


def _below(pointers: Set[str], key: object) -> Set[str]:
    """Return the pointers that start with a key, without the key."""
    parent = f"{_escape(str(key))}/"
    return {pointer.removeprefix(parent) for pointer in pointers if pointer.startswith(parent)}


class Contract:
    """A loaded contract. Immutable after construction."""

    def __init__(self, document: dict[str, Any], digest: str) -> None:
        """Store a parsed document; ``digest`` is the SHA-256 of its bytes."""
        self.document = document
        self.digest = digest
        self.edition = str(document["info"].get("version", ""))
        self._validators: dict[tuple[str, bool], Draft202012Validator] = {}
        self._compiled: dict[tuple[str, bool], jsonschema_rs.Draft202012Validator] = {}

    @cached_property
    def published(self) -> dict[str, Any]:
        """The document without its unpublished statements."""
        view: dict[str, Any] = published_view(self.document)
        return view

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """Every operation by its ``operationId``, in the order of the file."""
        return {operation.id: operation for operation in self._index()}

    def resolve(self, pointer: str) -> Any:
        """Return the value at a JSON pointer (RFC 6901) of the form ``#/a/b`` in the full document.

        Raises:
            KeyError: the document has no value there.
        """
        node: Any = self.document
        for token in pointer.removeprefix("#").split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            node = node[int(key)] if isinstance(node, list) else node[key]
        return node

    def errors(self, pointer: str, instance: Any, *, published: bool) -> list[ValidationError]:
        """Validate an instance against the schema at a pointer, in the published or full view; return the errors."""
        key = (pointer, published)
        if self._is_valid_compiled(key, instance):
            return []
        if key not in self._validators:
            registry: Registry[Any] = Registry().with_resource("urn:contract", self._resource(published))
            self._validators[key] = Draft202012Validator(
                {"$ref": f"urn:contract{pointer}"}, registry=registry, format_checker=_formats()
            )
        return sorted(self._validators[key].iter_errors(instance), key=lambda error: str(error.json_path))

    def _is_valid_compiled(self, key: tuple[str, bool], instance: Any) -> bool:
        """Whether the compiled validator accepts an instance. It is 100 times as fast; its error messages are worse."""
        pointer, published = key
        if key not in self._compiled:
            document = self.published if published else self.document
            self._compiled[key] = jsonschema_rs.Draft202012Validator(
                {"$ref": f"urn:contract#{quote(pointer.removeprefix('#'))}"},
                registry=jsonschema_rs.Registry([("urn:contract", document)]),
                validate_formats=True,
            )
        try:
            return self._compiled[key].is_valid(instance)
        except (ValueError, RecursionError):  # unsupported numbers and strings
            return False

    @cached_property
    def calendar_alignment(self) -> CalendarAlignment:
        """The contract's ``x-calendar-alignment``.

        Raises:
            ContractError: it is missing or malformed.
        """
        try:
            facts = self.resolve(_CALENDAR_ALIGNMENT)
            return CalendarAlignment(tuple(facts["units"]), facts["on_enable"] == "reset-usage")
        except (LookupError, TypeError) as error:
            raise ContractError(f"the contract has no units and on_enable at {_CALENDAR_ALIGNMENT}") from error

    def schema(self, name: str) -> str:
        """Return the pointer of a component schema."""
        return f"#/components/schemas/{name}"

    def _resource(self, published: bool) -> Resource[Any]:
        return DRAFT202012.create_resource(self.published if published else self.document)

    def _index(self) -> Iterator[Operation]:
        for path, item in self.document["paths"].items():
            base = f"#/paths/{_escape(path)}"
            unpublished = item.get(_PROVENANCE, {})
            for method in METHODS:
                if method not in item:
                    continue
                operation = item[method]
                yield Operation(
                    id=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    published=method not in unpublished,
                    parameters=tuple(
                        self._dereference(parameter)
                        for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]
                    ),
                    body_schema=_json_schema(operation.get("requestBody"), f"{base}/{method}/requestBody"),
                    responses={
                        status: self._response_schema(response, f"{base}/{method}/responses/{status}")
                        for status, response in operation["responses"].items()
                        if not status.startswith("x-")
                    },
                )

    def _response_schema(self, response: dict[str, Any], pointer: str) -> str | None:
        if "$ref" in response:
            return self._response_schema(self.resolve(response["$ref"]), response["$ref"])
        return _json_schema(response, pointer)

    def _dereference(self, node: dict[str, Any]) -> dict[str, Any]:
        resolved: dict[str, Any] = self.resolve(node["$ref"]) if "$ref" in node else node
        return resolved


def _json_schema(node: Mapping[str, Any] | None, pointer: str) -> str | None:
    if node is None or "application/json" not in node.get("content", {}):
        return None
    return f"{pointer}/content/application~1json/schema"


def _escape(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")


def _formats() -> FormatChecker:
    # jsonschema does not check int64, and the contract states its bounds. date-time needs rfc3339-validator.
    return FormatChecker(formats=("date-time",))
