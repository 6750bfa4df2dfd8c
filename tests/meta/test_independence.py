"""The three implementations do not import each other, and the layers of the checks are respected."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[2]
_PARTS = {
    "mock_server": _REPOSITORY / "mock_server",
    "governance_contract": _REPOSITORY / "tests" / "governance_contract",
    "gateway": _REPOSITORY / "tests" / "meta" / "gateway",
}


def _imported(place: Path) -> set[str]:
    """Return the top-level names of all imports in a module, or in the modules of a folder."""
    sources = list(place.rglob("*.py")) if place.is_dir() else [place]
    assert sources, f"no module in {place}"
    names: set[str] = set()
    for node in (node for source in sources for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("part", _PARTS)
def test_no_part_imports_another(part: str) -> None:
    assert _imported(_PARTS[part]).isdisjoint(set(_PARTS) - {part})


def test_operations_of_the_mock_do_not_import_flask() -> None:
    assert "flask" not in _imported(_PARTS["mock_server"] / "operations")


def test_the_domain_of_the_mock_is_pure() -> None:
    modules = _imported(_PARTS["mock_server"] / "domain")
    assert modules.isdisjoint({"flask", "threading", "os", "time", "random", "uuid", "pathlib"})


def test_the_gateway_needs_only_the_standard_library() -> None:
    assert _imported(_PARTS["gateway"]) - {"gateway"} <= set(sys.stdlib_module_names)


_SHARED = {"errors", "problems", "urls", "wsgi"}
_LAYERS: dict[str, dict[str, set[str]]] = {
    "governance_contract": {
        "contract": {"vocabulary"},
        "results": {"contract", "vocabulary"},
        "target": {"contract", "vocabulary"},
        "checks": {"contract", "target", "vocabulary"},
        "areas": {"contract", "target", "checks", "vocabulary"},
        "plugin": {"contract", "target", "checks", "results", "signals", "vocabulary"},
        "command": {"contract", "target", "results", "plugin", "signals", "vocabulary"},
    },
    "mock_server": {
        "contract": {"errors"},
        "domain": set(),
        "store": {"domain", "errors"},
        "seeds": {"contract", "domain", "errors", "store"},
        "operations": {"domain", "problems", "store"},
        "http": {"errors", "wsgi"},
        "api": {"contract", "domain", "operations", "sandbox", "store", *_SHARED},
        "control": {"api", "contract", "domain", "front", "http", "sandbox", "seeds", "store", *_SHARED},
    },
}
"""The layers and root modules that the modules of each folder may import, in addition to their own folder."""


def _imported_layers(source: Path, package: Path) -> set[str]:
    """Return the layers, or the modules at the root of the package, that a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        whole = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in whole if name.startswith(f"{package.name}.")}
        if isinstance(node, ast.ImportFrom) and node.level:
            parts = source.relative_to(package).parent.parts
            parts = parts[: len(parts) - (node.level - 1)]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {(*parts, *name.split("."))[0] for name in names}
    return found


def test_the_extension_of_schemathesis_imports_no_plugin() -> None:
    package = _PARTS["governance_contract"]
    assert _imported_layers(package / "schemathesis.py", package) <= {"contract", "target", "checks", "vocabulary"}


@pytest.mark.parametrize("part", _LAYERS)
def test_each_folder_has_a_row(part: str) -> None:
    folders = {source.parent.name for source in _PARTS[part].glob("*/__init__.py")}
    assert folders == set(_LAYERS[part])


@pytest.mark.parametrize(("part", "layer"), [(part, layer) for part, layers in _LAYERS.items() for layer in layers])
def test_layers_import_only_allowed_layers(part: str, layer: str) -> None:
    sources = sorted((_PARTS[part] / layer).rglob("*.py"))
    assert sources
    for source in sources:
        assert _imported_layers(source, _PARTS[part]) <= _LAYERS[part][layer] | {layer}, source


@pytest.mark.parametrize("layer", ["contract", "target", "results"])
def test_lower_layers_do_not_import_pytest(layer: str) -> None:
    assert "pytest" not in _imported(_PARTS["governance_contract"] / layer)


def test_modules_and_functions_are_short() -> None:
    """CONTRIBUTING.md has the limits."""
    repository = _PARTS["mock_server"].parent
    folders = [repository / name for name in ("mock_server", "tests", "bench")]
    sources = [path for folder in folders for path in folder.rglob("*.py") if ".venv" not in path.parts]
    assert sources
    for source in sources:
        text = source.read_text(encoding="utf-8")
        assert text.count("\n") < 500, source
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno + 1 < 60, f"{source}: {node.name}"
