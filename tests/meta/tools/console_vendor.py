"""Update the libraries of the mock's pages in mock_server/console/vendor.

`python tests/meta/tools/console_vendor.py` downloads the versions in `vendor/versions.json` with npm and writes the
files, their licences and their digests. `NAME@VERSION` as an argument changes a version first. A library that imports
another one by its name imports the file beside it instead, since pages with a strict content security policy have no
import map.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "mock_server" / "console" / "vendor"
VERSIONS = FOLDER / "versions.json"
_SOURCE_MAP = b"\n//# sourceMappingURL="
_RENAMED = {b'from"preact"': b'from"./preact.js"'}


def main() -> None:
    """Write the files of all libraries."""
    libraries = json.loads(VERSIONS.read_text("utf-8"))
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("changed", nargs="*", metavar="NAME@VERSION", help=f"one of {', '.join(libraries)}")
    for argument in parser.parse_args().changed:
        name, _, version = argument.rpartition("@")
        if name not in libraries:
            parser.error(f"no library {argument!r}: write NAME@VERSION")
        libraries[name]["version"] = version
    for name, library in libraries.items():
        with tempfile.TemporaryDirectory() as folder:
            specification = f"{name}@{library['version']}"
            command = ["npm", "pack", "--silent", "--pack-destination", folder, specification]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            (package,) = Path(folder).iterdir()
            with tarfile.open(package) as archive:
                for target, source in library["files"].items():
                    written = _read(archive, source)
                    (FOLDER / target).write_bytes(written)
                    library["sha256"][target] = hashlib.sha256(written).hexdigest()
        print(f"{specification}: {', '.join(library['files'])}")
    VERSIONS.write_text(json.dumps(libraries, indent=2) + "\n", "utf-8")


def _read(archive: tarfile.TarFile, source: str) -> bytes:
    member = archive.extractfile(f"package/{source}")
    if member is None:
        raise SystemExit(f"{archive.name} has no file {source}")
    text = member.read()
    if source.endswith("js"):
        text = text.partition(_SOURCE_MAP)[0].rstrip() + b"\n"
        for old, new in _RENAMED.items():
            text = text.replace(old, new)
    return text


if __name__ == "__main__":
    main()
