"""The contract document: operations, schemas, and the published view.

``x-provenance`` marks each statement of the contract that is not on the published page (see ``openapi/README.md``).
The *published* view omits these statements and is used by MUST rules. The *full* view includes them and is used by
SHOULD rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jsonschema_rs

from . import yaml12
from .calendar import CALENDAR_UNITS
from .errors import ContractError, unsupported
from .indexing import bearer_scheme, index
from .operation import Operation
from .operation_ids import LIST_TEAMS, LIST_UNITS
from .pages import Bounds, Pages
from .pointers import escape, unescape
from .published_view import published_view

if TYPE_CHECKING:  # imported when an instance is invalid: the import takes as long as 50 requests
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

_ALIGNED = "#/components/schemas/{}/properties/calendar_aligned"
_CALENDAR_ALIGNMENT = f"{_ALIGNED.format('UpdateBudgetRequest')}/x-calendar-alignment"
_FILE = Path("openapi", "governance.yaml")
_MOST_REFERENCES = 16


@dataclass(frozen=True)
class CalendarAlignment:
    """The contract's ``x-calendar-alignment``."""

    time_units: tuple[str, ...]
    """The time units of a duration that can be aligned, such as ``d``."""
    resets_usage: bool
    """Whether enabling alignment sets the usage to zero."""

    def permits(self, duration: str) -> bool:
        """Whether a budget with this duration can be aligned."""
        return duration[-1:] in self.time_units


def default_path() -> Path:
    """Return the path of the built-in contract: in the installed package, or else in the repository."""
    packaged = Path(__file__).parents[1] / _FILE
    return packaged if packaged.is_file() else Path(__file__).parents[3] / _FILE


def load(path: Path | None = None) -> Contract:
    """Read a contract file, by default the built-in one.

    Raises:
        ContractError: the file is missing, is not YAML, is not an OpenAPI 3.1 document, is incomplete, or has a part
            that the checks do not support.
    """
    source = path or default_path()
    try:
        contract = _parse(source)
        _check_references(contract)
        pointers = _schema_pointers(contract)
        _refuse_unsupported(contract)
        if path is not None:  # the built-in schemas are valid, and a check takes 0.25 s
            _check_schemas(contract, pointers)
    except ContractError as error:
        raise ContractError(f"the contract {source} {error}") from error
    except RecursionError as error:
        raise ContractError(f"the contract {source} contains itself: an alias refers to an object around it") from error
    return contract


def _parse(source: Path) -> Contract:
    """Read a YAML file and check that it has the shape of an OpenAPI 3.1 document."""
    try:
        text = source.read_bytes()
        document = yaml12.load(text)
    except OSError as error:
        raise ContractError(f"cannot be read: {error.strerror}") from error
    except yaml12.YamlError as error:
        raise ContractError(f"is not YAML: {error}") from error
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.1"):
        raise ContractError("is not an OpenAPI 3.1 document")
    if not isinstance(document.get("paths"), dict) or not isinstance(document.get("info"), dict):
        raise ContractError("has no paths or no info")
    if not document["info"].get("version"):
        raise ContractError("has no edition: info.version is missing")
    return Contract(document, hashlib.sha256(text).hexdigest())


def _check_references(contract: Contract) -> None:
    """Check that every reference can be resolved within the document."""
    for place, reference in _references(contract.document, ""):
        if not reference.startswith("#"):
            raise unsupported(place, "$ref", f"{reference} is in another file; bundle the contract first")
        try:
            contract.resolve(reference)
        except (LookupError, TypeError, ValueError) as error:
            raise ContractError(f"has nothing at {reference}") from error


def _schema_pointers(contract: Contract) -> list[str]:
    """Return the pointers of all schemas of request bodies and responses; check that the operations are well formed."""
    try:
        operations = contract.operations
    except ContractError:
        raise
    except (LookupError, AttributeError, TypeError, ValueError) as error:
        lacking = f"something lacks {error}" if isinstance(error, KeyError) else str(error)
        raise ContractError(f"has paths that are not well formed: {lacking}") from error
    if not operations:
        raise unsupported("", "paths", "there is no operation")
    pointers = [
        at for operation in operations.values() for at in (operation.body_schema, *operation.responses.values())
    ]
    return [pointer for pointer in pointers if pointer is not None]


def _refuse_unsupported(contract: Contract) -> None:
    """Refuse statements about calendar alignment and pages that the checks do not support."""
    _ = contract.calendar_alignment
    for name in ("CreateBudgetRequest", "UpdateBudgetRequest", "Budget"):
        pointer = _ALIGNED.format(name)
        try:
            aligned = contract.resolve(pointer)
        except (LookupError, TypeError):
            continue
        if isinstance(aligned, dict) and aligned.get("default", False) is not False:
            reason = "budgets are not aligned unless a request asks for it"
            raise unsupported(pointer.removeprefix("#"), "default", reason)
    for name in (LIST_UNITS, LIST_TEAMS):
        if name in contract.operations and not contract.pages(name).can_show_the_first:
            path = escape(contract.operations[name].template)
            raise unsupported(f"/paths/{path}/get/parameters", "minimum", "no request can ask for the first page")


def _check_schemas(contract: Contract, pointers: Sequence[str]) -> None:
    """Check that the schemas and all schemas that they reference are valid."""
    from . import schema_errors

    waiting, seen = list(pointers), set()
    while waiting:
        if (at := waiting.pop()) in seen:
            continue
        seen.add(at)
        if message := schema_errors.of_schema(schema := contract.resolve(at)):
            raise ContractError(f"has no JSON Schema at {at}: {message[:200]}")
        waiting += [reference for _, reference in _references(schema, "")]


def _references(node: Any, place: str) -> Iterator[tuple[str, str]]:
    """Yield the place of every reference, and the reference."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield place, reference
        for key, child in node.items():
            yield from _references(child, f"{place}/{escape(key)}")
    elif isinstance(node, list):
        for position, child in enumerate(node):
            yield from _references(child, f"{place}/{position}")


class Contract:
    """A loaded contract. Immutable after construction."""

    def __init__(self, document: dict[str, Any], digest: str) -> None:
        """Store a parsed document; ``digest`` is the SHA-256 of its bytes.

        References to path items are replaced by the path items, so that every path has its operations.
        """
        self.document = document  # _path_item follows references in it
        self.document = {**document, "paths": {path: self._path_item(item) for path, item in document["paths"].items()}}
        self.digest = digest
        self.edition = str(document["info"].get("version", ""))
        self._validators: dict[tuple[str, bool], Draft202012Validator] = {}
        self._compiled_validators: dict[tuple[str, bool], jsonschema_rs.Draft202012Validator] = {}

    @cached_property
    def published(self) -> dict[str, Any]:
        """The document without its unpublished statements."""
        view: dict[str, Any] = published_view(self.document)
        return view

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """Every operation by its ``operationId``, in the order of the file."""
        by_id: dict[str, Operation] = {}
        for operation in index(self):
            if operation.id in by_id:
                raise ContractError(f"has two operations {operation.id}")
            by_id[operation.id] = operation
        return by_id

    @cached_property
    def security_scheme(self) -> Mapping[str, Any]:
        """The HTTP bearer scheme that the operations need; empty if no operation needs a credential."""
        return bearer_scheme(self.document)

    def resolve(self, pointer: str) -> Any:
        """Return the value at a JSON pointer (RFC 6901) of the form ``#/a/b`` in the full document.

        Raises:
            LookupError, TypeError, ValueError: the document has no value there.
        """
        return _at(self.document, pointer)

    def follow(self, pointer: str) -> tuple[dict[str, Any], str]:
        """Return the object at a pointer and its own pointer, after following references.

        Raises:
            LookupError, TypeError, ValueError: the document has no object there.
        """
        node, own = follow_references(self.document, self.resolve(pointer), pointer)
        if not isinstance(node, dict):
            raise KeyError(own)
        return node, own

    def is_valid(self, pointer: str, instance: Any, *, published: bool) -> bool:
        """Whether an instance follows the schema at a pointer, in the published or full view."""
        judged = self._judge_compiled((pointer, published), instance)
        return not self._explain((pointer, published), instance) if judged is None else judged

    def errors(self, pointer: str, instance: Any, *, published: bool) -> list[ValidationError]:
        """Validate an instance against the schema at a pointer, in the published or full view; return the errors."""
        key = (pointer, published)
        return [] if self._judge_compiled(key, instance) else self._explain(key, instance)

    def _explain(self, key: tuple[str, bool], instance: Any) -> list[ValidationError]:
        """Return the errors of a validator with good messages, which is 100 times as slow as the compiled one."""
        from . import schema_errors

        pointer, published = key
        if key not in self._validators:
            self._validators[key] = schema_errors.validator(self.published if published else self.document, pointer)
        return sorted(self._validators[key].iter_errors(instance), key=lambda error: str(error.json_path))

    def values_in_error(self, pointer: str, instance: Any, *, published: bool) -> list[Any]:
        """Return the values in an instance that do not follow the schema at a pointer, as ``errors`` finds them."""
        key = (pointer, published)
        try:
            return [error.instance for error in self._compiled(key).iter_errors(instance)]
        except (ValueError, RecursionError):
            return [error.instance for error in self._explain(key, instance)]

    def _judge_compiled(self, key: tuple[str, bool], instance: Any) -> bool | None:
        """Whether the compiled validator accepts an instance; None if it does not support a number or a text in it."""
        try:
            return self._compiled(key).is_valid(instance)
        except (ValueError, RecursionError):
            return None

    def _compiled(self, key: tuple[str, bool]) -> jsonschema_rs.Draft202012Validator:
        pointer, published = key
        if key not in self._compiled_validators:
            document = self.published if published else self.document
            # The published view has no schema for a response that is not published.
            exists = not published or _exists(document, pointer)
            self._compiled_validators[key] = jsonschema_rs.Draft202012Validator(
                {"$ref": f"urn:contract#{quote(pointer.removeprefix('#'))}"} if exists else True,
                registry=jsonschema_rs.Registry([("urn:contract", document)]),
                validate_formats=True,
            )
        return self._compiled_validators[key]

    @cached_property
    def calendar_alignment(self) -> CalendarAlignment:
        """The contract's ``x-calendar-alignment``.

        Raises:
            ContractError: it is missing or malformed.
        """
        place = _CALENDAR_ALIGNMENT.removeprefix("#")
        try:
            facts = self.resolve(_CALENDAR_ALIGNMENT)
            units, on_enable = tuple(facts["units"]), facts["on_enable"]
        except (LookupError, TypeError) as error:
            raise ContractError(f"has no units and on_enable at {place}") from error
        if not frozenset(CALENDAR_UNITS).issuperset(units):
            raise unsupported(place, "units", "only d, w, M, Q and Y follow the calendar")
        if on_enable not in ("reset-usage", "keep-usage"):
            raise unsupported(place, "on_enable", "only reset-usage and keep-usage")
        return CalendarAlignment(units, on_enable == "reset-usage")

    def pages(self, operation_id: str) -> Pages:
        """Return the defaults and bounds of the pages of a list; the usual ones if the contract lacks the list."""
        operation = self.operations.get(operation_id)
        parameters = operation.parameters if operation else ()
        nodes = {parameter["name"]: parameter for parameter in parameters if parameter["in"] == "query"}
        page, limit = (self._bounds(nodes.get(name)) for name in ("page", "limit"))
        return Pages(page, limit)

    def _bounds(self, parameter: Mapping[str, Any] | None) -> Bounds:
        schema, _ = follow_references(self.document, parameter["schema"] if parameter else {})
        return Bounds(schema.get("default"), schema.get("minimum"), schema.get("maximum"))

    @property
    def longest_name(self) -> int | None:
        """The maximum length of the name of a business unit; None if the contract sets none."""
        try:
            schema, _ = self.follow(f"{self.schema('CreateBusinessUnitRequest')}/properties/name")
        except LookupError:
            return None
        longest: int | None = schema.get("maxLength")
        return longest

    def schema(self, name: str) -> str:
        """Return the pointer of a component schema."""
        return f"#/components/schemas/{name}"

    def _path_item(self, item: Any) -> Any:
        """Return a path item, or the one that it references with its own members added."""
        for _ in range(_MOST_REFERENCES):
            if not isinstance(item, dict) or not str(item.get("$ref", "")).startswith("#"):
                break
            own = {key: value for key, value in item.items() if key != "$ref"}
            try:
                item = {**self.resolve(item["$ref"]), **own}
            except (LookupError, TypeError, ValueError):
                break  # `load` names the reference
        return item


def _at(document: Any, pointer: str) -> Any:
    """Return the value at a JSON pointer; raises LookupError, TypeError or ValueError if there is none."""
    node = document
    for token in pointer.removeprefix("#").split("/")[1:]:
        key = unescape(token)
        node = node[int(key)] if isinstance(node, list) else node[key]
    return node


def follow_references(document: Any, node: Any, pointer: str = "") -> tuple[Any, str]:
    """Return the target of a node's reference and the pointer of the target. A node without a reference is returned.

    Args:
        document: the document that the references point into.
        node: the node.
        pointer: the pointer of the node.

    Raises:
        ContractError: the references are circular, or a chain of references is too long.
        LookupError, TypeError, ValueError: the document has no target.
    """
    for _ in range(_MOST_REFERENCES):
        if not isinstance(node, dict) or "$ref" not in node:
            return node, pointer
        pointer = node["$ref"]
        node = _at(document, pointer)
    raise ContractError(f"has references that go round in circles at {pointer}")


def _exists(document: Any, pointer: str) -> bool:
    try:
        _at(document, pointer)
    except (LookupError, TypeError, ValueError):
        return False
    return True
