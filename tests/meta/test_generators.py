"""Code generators and linters read the contract: generated code keeps every property, type-checks and works.

``generators/install`` installs the tools. The tests of a tool that is not installed are skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from governance_contract.contract import document as contract
from judging import CREDENTIALS, run

_CONTRACT = contract.load()
_FILE = contract.default_path()
_TOOLS = Path(__file__).parent / "generators"
_PYTHON = _TOOLS / ".venv" / "bin"
_NODE = _TOOLS / "node_modules" / ".bin"
_INTERPRETER = Path(shutil.which("node") or "node")
_WALKED = {"listed": [True], "created": [100, 5000], "updated": [250, None], "read": [250, None], "gone": 404}
"""The output of a client that creates a unit with governance, changes it, and deletes the unit."""


def _run(tool: Path, *arguments: str | Path, folder: Path, given: str = "") -> str:
    """Run an installed tool in a folder and return its output. The tool must succeed."""
    if not tool.exists():
        pytest.skip(f"{tool.name} is not installed; tests/meta/generators/install installs it")
    environment = {**os.environ, "JAVA_OPTS": "-XX:TieredStopAtLevel=1", "REDOCLY_TELEMETRY": "off"}
    done = run([tool, *arguments], cwd=folder, env=environment, input=given)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _type_check(package: str, *options: str, folder: Path) -> None:
    places = [f"--python-executable={_PYTHON / 'python'}", f"--cache-dir={_TOOLS / '.mypy_cache'}"]
    _run(_PYTHON / "mypy", *places, *options, package, folder=folder)


def _sample(schema: Mapping[str, Any]) -> Any:
    """Return a value of a schema that has every property."""
    if "$ref" in schema:
        return _sample(_CONTRACT.resolve(schema["$ref"]))
    if "type" not in schema:
        return _sample(schema["anyOf"][0])
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    if kind == "object":
        return {name: _sample(part) for name, part in schema.get("properties", {"key": {"type": "string"}}).items()}
    if kind == "array":
        return [_sample(schema["items"])]
    text = "2026-06-17T09:30:00Z" if schema.get("format") == "date-time" else "text"
    number = max(7, schema.get("minimum", 7))
    values: dict[str, Any] = {"string": text, "integer": number, "number": 12.5, "boolean": True}
    return schema.get("examples", [values[kind]])[0]


def _samples() -> dict[str, dict[str, Any]]:
    """Return a value with every property for each schema of an object, by the schema's name."""
    values = {name: _sample(schema) for name, schema in _CONTRACT.document["components"]["schemas"].items()}
    return {name: value for name, value in values.items() if isinstance(value, dict)}


def _objects() -> Iterator[tuple[str, str, set[str]]]:
    """Yield a schema, a place in it (empty for the schema itself), and the property names there, for each object."""
    for name, sample in _samples().items():
        yield name, "", set(sample)
        for place, part in _CONTRACT.document["components"]["schemas"][name].get("properties", {}).items():
            if "properties" in part:
                yield name, place, set(part["properties"])


def _assert_round_trip(program: Path, script: str, module: str, folder: Path) -> None:
    """Read and write a value of each schema with the generated code, and compare."""
    values = _samples()
    assert len(values) > 20
    written = _run(program, _TOOLS / script, module, folder=folder, given=json.dumps(values))
    assert json.loads(written.replace("+00:00", "Z")) == values


@pytest.fixture
def python_client(tmp_path: Path) -> Path:
    """A folder with the package that openapi-python-client generates."""
    (tmp_path / "config.yaml").write_text("post_hooks: []", encoding="utf-8")  # this command would only format the code
    options = ["--output-path=governance_client", "--meta=none", "--config=config.yaml", "--fail-on-warning"]
    _run(_PYTHON / "openapi-python-client", "generate", f"--path={_FILE}", *options, folder=tmp_path)
    return tmp_path


def test_openapi_python_client_keeps_every_property(python_client: Path) -> None:
    _assert_round_trip(_PYTHON / "python", "roundtrip.py", "governance_client.models", python_client)


def test_the_python_client_works(python_client: Path, mock_url: str) -> None:
    shutil.copy(_TOOLS / "client.py", python_client)
    _type_check("client.py", "--strict", folder=python_client)
    seen = _run(_PYTHON / "python", "client.py", mock_url, CREDENTIALS["GOVERNANCE_API_KEY"], folder=python_client)
    assert json.loads(seen) == _WALKED


def test_datamodel_code_generator_keeps_every_property(tmp_path: Path) -> None:
    options = ["--output-model-type=pydantic_v2.BaseModel", "--use-annotated", "--formatters=black"]
    source = ["--input", _FILE, "--input-file-type=openapi", "--output=models.py"]
    _run(_PYTHON / "datamodel-codegen", *source, *options, folder=tmp_path)
    _assert_round_trip(_PYTHON / "python", "roundtrip.py", "models", tmp_path)
    _type_check("models.py", "--strict", folder=tmp_path)


def _openapi_generator(language: str, parts: str, folder: Path) -> None:
    if shutil.which("java") is None:
        pytest.skip("openapi-generator needs Java, which is not installed")
    source = ["-i", _FILE, "-g", language, "-o", folder, f"--global-property={parts},modelTests=false,modelDocs=false"]
    _run(_PYTHON / "openapi-generator-cli", "generate", *source, folder=folder)


def test_openapi_generator_keeps_every_property_in_python(tmp_path: Path) -> None:
    _openapi_generator("python", "models,apis,supportingFiles,apiTests=false,apiDocs=false", tmp_path)
    _assert_round_trip(_PYTHON / "python", "roundtrip.py", "openapi_client.models", tmp_path)
    _type_check("openapi_client", folder=tmp_path)


def test_openapi_generator_keeps_every_property_in_kotlin(tmp_path: Path) -> None:
    _openapi_generator("kotlin", "models", tmp_path)
    for name, place, properties in _objects():
        kind = name + place.title().replace("_", "")
        (source,) = tmp_path.rglob(f"models/{kind}.kt")
        found = re.findall(r'@Json\(name = "(\w+)"\)\s+val ', source.read_text(encoding="utf-8"))
        assert set(found) == properties, kind


def _compile(folder: Path, schemas: str) -> None:
    """Compile a folder of TypeScript with samples and property names of all schemas.

    ``schemas`` is the TypeScript name of a schema's type, with ``{}`` for the schema's name. The
    compilation fails if a type is ``unknown`` or ``any``.
    """
    lines = [
        "type Keys<T> = 0 extends 1 & T ? { any: never } : { [K in keyof T]-?: true };",
        *(f"export const v{i}: {schemas.format(n)} = {json.dumps(v)};" for i, (n, v) in enumerate(_samples().items())),
    ]
    for name, place, properties in _objects():
        kind = f'NonNullable<{schemas.format(name)}["{place}"]>' if place else schemas.format(name)
        keys = json.dumps(dict.fromkeys(sorted(properties), True))
        lines.append(f"export const keys_{name}_{place}: Keys<{kind}> = {keys};")
    module = "import type * as schema from './schema.js';"
    (folder / "samples.ts").write_text("\n".join([module, *lines]), encoding="utf-8")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    shutil.copy(_TOOLS / "tsconfig.json", folder)
    (folder / "node_modules").symlink_to(_TOOLS / "node_modules")
    _run(_NODE / "tsc", folder=folder)


def test_openapi_typescript_keeps_every_property_and_openapi_fetch_works(tmp_path: Path, mock_url: str) -> None:
    _run(_NODE / "openapi-typescript", _FILE, "-o", "schema.d.ts", folder=tmp_path)
    shutil.copy(_TOOLS / "client.ts", tmp_path)
    _compile(tmp_path, 'schema.components["schemas"]["{}"]')
    seen = _run(_INTERPRETER, "built/client.js", mock_url, CREDENTIALS["GOVERNANCE_API_KEY"], folder=tmp_path)
    assert json.loads(seen) == _WALKED


def test_hey_api_keeps_every_property(tmp_path: Path) -> None:
    plugins = ["@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch", "zod"]
    _run(_NODE / "openapi-ts", "-i", _FILE, "-o", "schema", "-p", *plugins, folder=tmp_path)
    (tmp_path / "schema.ts").write_text("export * from './schema/types.gen.js';", encoding="utf-8")
    _compile(tmp_path, "schema.{}")
    _assert_round_trip(_INTERPRETER, "roundtrip.mjs", "built/schema/zod.gen.js", tmp_path)


def test_spectral_reports_nothing(tmp_path: Path) -> None:
    options = [f"--ruleset={_TOOLS / 'spectral.yaml'}", "--fail-severity=hint"]
    _run(_NODE / "spectral", "lint", *options, _FILE, folder=tmp_path)


def test_redocly_reports_nothing(tmp_path: Path) -> None:
    printed = _run(_NODE / "redocly", "lint", "--extends=recommended", "--format=json", _FILE, folder=tmp_path)
    assert json.loads(printed)["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}
