"""The kinds of causes."""

from __future__ import annotations

from enum import StrEnum


class CauseKind(StrEnum):
    """The kind of a cause. The most informative kinds come first."""

    CRASH = "crash"
    """The target answers with a server error, or not at all."""
    ACCESS = "access"
    """A credential is accepted or refused wrongly."""
    DATA_LOSS = "data loss"
    """Something that must stay is gone or changed."""
    WRONG_STATE = "wrong state"
    """The target shows a state other than the one that the requests led to."""
    REFUSALS = "refusals"
    """A request is refused, accepted, or answered with a status wrongly."""
    SHAPE = "shape"
    """A response lacks a member, or has one of another form."""
