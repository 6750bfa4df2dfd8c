"""Choices that the contract leaves open to a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Credentials:
    """The key that is accepted, and credentials of other kinds that are refused."""

    api_key: str
    virtual_key: str = ""
    session_token: str = ""
    dashboard_token: str = ""
    user_token: str = ""


@dataclass(frozen=True)
class Settings:
    """The settings of one conformant server. The defaults follow the contract literally."""

    # operations
    base_path: str = ""
    missing_operations: Literal["none", "404", "405"] = "none"
    """All operations except those of `served` are missing, and the response has this status."""
    served: frozenset[str] = frozenset({"updateBusinessUnitGovernance"})

    # authentication
    refusal_status: Literal[401, 403] = 401
    authenticate_header: bool = False
    scheme_case_sensitive: bool = False
    refusal_body: Literal["full", "empty"] = "full"

    # request bodies
    null_components: Literal["refuse", "omit"] = "refuse"
    null_fields: Literal["refuse", "omit"] = "refuse"
    null_body: Literal["refuse", "omit"] = "refuse"
    whole_floats: Literal["accept", "refuse"] = "accept"
    """Whether `1.0` and `1e3` are whole numbers: JSON Schema says so, many decoders do not."""
    member_case_sensitive: bool = True
    lenient: bool = False
    """Accepts requests that only good practice forbids."""
    content_type_required: bool = False
    bad_paging: Literal["refuse", "clamp"] = "refuse"
    unknown_methods: Literal[405, 501] = 405
    """The status for a method that no path serves."""
    unknown_paths: Literal["error", "page"] = "error"
    """Whether the response to GET of an unknown path is an HTML page, as in single-page applications."""
    lookup_first: bool = False
    """Whether an unknown unit gives 404 before the body is checked."""

    # updates
    flag_only_budget: Literal["toggle", "remove"] = "toggle"
    rate_limit_update: Literal["merge", "replace"] = "merge"
    empty_update_touches: bool = False
    multiples: Literal["one", "group"] = "one"
    """Whether an aligned period of several units begins with the current one, or groups them by the calendar."""
    partial_components: Literal["merge", "refuse"] = "merge"
    """Whether a component may have only some of its fields."""
    doubled_members: Literal["last", "refuse"] = "last"
    """How an object with two equal member names is read."""

    # responses
    wording: Literal["english", "french"] = "english"
    id_style: Literal["uuid", "integer", "ulid", "spaced", "reserved"] = "uuid"
    timestamp: Literal["utc", "offset", "zero-offset", "seconds", "milliseconds"] = "utc"
    extra_fields: bool = False
    null_config_hash: bool = False
    null_optional_fields: bool = False
    free_objects: Literal["absent", "null", "filled"] = "absent"
    """How `profile`, `config` and `claims` appear."""
    false_alignment_omitted: bool = False
    minimal_errors: bool = False

    newest_first: bool = False
    """The order of lists."""
    teams: bool = True
    """Whether there are any teams."""

    # transport
    content_type: str = "application/json"
    escaped_unicode: bool = False
    trailing_newline: bool = False
    gzip: bool = False
    chunked: bool = False
    http_version: Literal["HTTP/1.0", "HTTP/1.1"] = "HTTP/1.1"
    close_connection: bool = False
    cross_origin: bool = False
    delay: float = 0.0
    """Seconds before each response."""
    throttle_every: int = 0
    """One of this many requests gets 429; 0 means never."""
    retry_after: int = 0
    """Seconds that a 429 asks the client to wait."""
    background_traffic: bool = False
    """Each request adds usage to the demo units, also to the two that are named to the checks."""
