"""Mocks as processes, for several test modules."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from http.client import HTTPConnection

from mock_api import KEY
from mock_process import ROOT, MockProcess, environment


class Process(MockProcess):
    """A running mock. Its output has been read up to the `curl` line."""

    def __init__(self, *arguments: str, key: str | None = KEY) -> None:
        super().__init__(*arguments, key=key, errors=subprocess.PIPE)
        while line := self._line(self.popen.stdout):
            self.greeting += line
            if line.startswith("curl "):
                break

    def error_line(self) -> str:
        """Wait for a line on standard error."""
        return self._line(self.popen.stderr)

    def stop(self, number: int) -> tuple[int, str, str]:
        """Send a signal. Return the exit status and the rest of the output."""
        self.popen.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str, str]:
        """Wait for the end. Return the exit status and the rest of the output."""
        out, err = self.popen.communicate(timeout=10)
        return self.popen.returncode, out, err

    def call(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        connection = HTTPConnection(self.host, self.port, timeout=10)
        connection.request(method, path, body, {"Authorization": f"Bearer {KEY}"})
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
        return answer

    def connect(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout=10)

    def exchange(self, request: bytes) -> bytes:
        """Send bytes. Return the response."""
        with self.connect() as connection:
            connection.sendall(request)
            return received(connection)


def received(connection: socket.socket, end: bytes = b"}\n") -> bytes:
    answer = b""
    while not answer.endswith(end) and (more := connection.recv(65536)):
        answer += more
    return answer


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: mock", f"Authorization: Bearer {KEY}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def refused(*arguments: str, key: str | None = KEY) -> str:
    """Start the mock, which must fail. Return the line that gives the reason."""
    command = [sys.executable, "-m", "mock_server", *arguments]
    done = subprocess.run(command, env=environment(key), cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"governance-contract mock: [^\n]+\n", done.stderr), done.stderr
    return done.stderr
