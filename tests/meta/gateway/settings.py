"""What a conformant server may choose: one field for each choice that the contract leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Credentials:
    """The key that is accepted and the kinds of credential that are known and refused."""

    api_key: str
    virtual_key: str = ""
    session_token: str = ""
    dashboard_token: str = ""
    user_token: str = ""


@dataclass(frozen=True)
class Settings:
    """One conformant server. The defaults are the plainest reading of the contract."""

    # which operations there are, and where
    base_path: str = ""
    missing_operations: Literal["none", "404", "405"] = "none"
    """Everything but the governance update is absent and answers with this status."""

    # who is let in
    refusal_status: Literal[401, 403] = 401
    authenticate_header: bool = False
    scheme_case_sensitive: bool = False
    refusal_body: Literal["full", "empty"] = "full"

    # what a body may be
    null_components: Literal["refuse", "omit"] = "refuse"
    null_fields: Literal["refuse", "omit"] = "refuse"
    null_body: Literal["refuse", "omit"] = "refuse"
    whole_floats: Literal["accept", "refuse"] = "accept"
    """Whether `1.0` and `1e3` are whole numbers: JSON Schema says so, many decoders do not."""
    member_case_sensitive: bool = True
    lenient: bool = False
    """Accepts whatever only good practice forbids."""
    content_type_required: bool = False
    bad_paging: Literal["refuse", "clamp"] = "refuse"
    unknown_methods: Literal[405, 501] = 405
    """How a method is answered that no path serves."""
    unknown_paths: Literal["error", "page"] = "error"
    """Whether a path that is not served shows people a page, as single-page applications do."""
    lookup_first: bool = False
    """An unknown unit is a 404 before the body is looked at."""

    # what an update does
    flag_only_budget: Literal["toggle", "remove"] = "toggle"
    rate_limit_update: Literal["merge", "replace"] = "merge"
    empty_update_touches_unit: bool = False
    multiples: Literal["one", "group"] = "one"
    """Whether an aligned period of several units begins with the current one, or groups them by the calendar."""
    partial_components: Literal["merge", "refuse"] = "merge"
    """Whether a component may come with a part of its fields."""
    doubled_members: Literal["last", "refuse"] = "last"
    """What becomes of an object in which a name comes twice."""

    # what an answer looks like
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

    # how it travels
    content_type: str = "application/json"
    escaped_unicode: bool = False
    trailing_newline: bool = False
    gzip: bool = False
    chunked: bool = False
    http_version: Literal["HTTP/1.0", "HTTP/1.1"] = "HTTP/1.1"
    close_connection: bool = False
    cross_origin: bool = False
    delay: float = 0.0
    """Seconds before each answer."""
    throttle_every: int = 0
    """Every so many requests one is answered 429; 0 is never."""
    retry_after: int = 0
    """Seconds that a 429 asks the client to wait."""
    background_traffic: bool = False
    """Each request finds that the demo units, the named one apart, were used meanwhile."""
