"""The commands in README and docs/ work as printed, with placeholders of a target replaced."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import certifi
import pytest
from judging import CREDENTIALS, run

_REPOSITORY = Path(__file__).parents[2]
_PAGES = [_REPOSITORY / "README.md", *sorted((_REPOSITORY / "docs").glob("*.md"))]
_EVERY_PAGE = {
    *_PAGES,
    *(page for folder in (".", "openapi", "bench") for page in (_REPOSITORY / folder).glob("*.md")),
    *(_REPOSITORY / "tests" / "meta" / "tables").rglob("*.md"),
}
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")
_TIMEOUT_SECONDS = 120
_SERVERS = ("governance-contract mock ", ".venv/bin/governance-contract mock ", "gunicorn ", "waitress-serve ")
"""Commands that run until they are stopped. ``tests/unit/mock/test_wsgi.py`` starts the other servers."""
# One rule is enough to show that a command works. Other tests run all rules.
_ONE_RULE = {"check": ["--rule", "RESP-01"], "pytest": ["--contract-rules=RESP-01"]}


def _commands(page: Path) -> list[str]:
    """Return the command lines of a page without comments, except the set-up, which CI runs."""
    lines = "\n".join(_BLOCK.findall(page.read_text(encoding="utf-8"))).replace("\\\n", " ").splitlines()
    commands = [shlex.join(shlex.split(line, comments=True)) for line in lines]
    return [command for command in commands if command and not command.startswith(("python3 -m venv", "export "))]


def _filled(command: str, url: str, bundle: Path) -> list[str]:
    """Return the words of a command with placeholders replaced by a real target."""
    real = dict.fromkeys(("URL", "http://127.0.0.1:8080", "https://staging.example"), url)
    real["company.pem"] = str(bundle)
    words = [real.get(word, word) for word in shlex.split(command)]
    for option, value in (("--business-unit", "bu-platform-engineering"), ("--team", "team-data-science")):
        for place, word in enumerate(words[:-1]):
            if word == option and words[place + 1] == "ID":
                words[place + 1] = value
    words += next((more for name, more in _ONE_RULE.items() if name in words[:2]), [])
    return words


@pytest.mark.parametrize(
    ("page", "command"),
    [
        (page.name, command)
        for page in _PAGES
        for command in dict.fromkeys(_commands(page))
        if not command.startswith(_SERVERS)
    ],
)
def test_a_command_works_as_printed(page: str, command: str, mock_url: str, tmp_path: Path) -> None:
    words = _filled(command, mock_url, Path(certifi.where()))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = run(words, env={**os.environ, **CREDENTIALS, "PATH": path}, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for word, path_of_report in itertools.pairwise(words):
        if word.startswith("--report-"):
            assert (tmp_path / path_of_report).stat().st_size > 0


def test_the_mock_starts_as_printed() -> None:
    command = next(command for command in _commands(_PAGES[0]) if " mock " in command)
    words = [str(Path(sys.executable).with_name("governance-contract")), *shlex.split(command)[1:], "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as mock:
        assert mock.stdout is not None
        printed = [mock.stdout.readline() for _ in range(4)]
        _, _, header, url = shlex.split(printed[3])  # curl -H HEADER URL
        name, _, value = header.partition(": ")
        request = urllib.request.Request(url, headers={name: value})  # noqa: S310  a loopback URL
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310  a loopback URL
            assert response.status == 200
        mock.send_signal(signal.SIGTERM)
    assert [line.split()[0] for line in printed] == ["mock_server", "Temporary", "Console:", "curl"]


@pytest.mark.parametrize(
    ("page", "link", "heading"),
    [
        (page.relative_to(_REPOSITORY), link, heading)
        for page in sorted(_EVERY_PAGE)
        for link, heading in dict.fromkeys(_LINK.findall(page.read_text(encoding="utf-8")))
    ],
    ids=str,
)
def test_a_link_leads_to_a_file_and_a_heading(page: Path, link: str, heading: str) -> None:
    linked = _REPOSITORY / page.parent / link if link else _REPOSITORY / page
    assert linked.exists()
    assert not heading or heading in _headings(linked)


def _headings(page: Path) -> list[str]:
    """Return the headings of a page as GitHub writes them in links."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]


def test_the_readme_is_short() -> None:
    assert len(_PAGES[0].read_text(encoding="utf-8").splitlines()) <= 120
