"""Reads the header Authorization of a request, for the faults of this area."""

from __future__ import annotations

from ...messages import Request


def authorization(request: Request) -> str:
    return str(request.headers.get("Authorization", ""))


def token(request: Request) -> str:
    return authorization(request).partition(" ")[2].strip()
