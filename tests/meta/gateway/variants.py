"""Conformant servers that differ in settings. No rule may be red on them, except SHOULD rules that they break."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from .operations import ROUTES
from .settings import Settings

_ON_NAMED_UNITS = frozenset(ROUTES) - {"createBusinessUnit", "deleteBusinessUnit"}


@dataclass(frozen=True)
class Variant:
    """A conformant server: its settings and a description."""

    description: str
    settings: Settings
    part: type[Any] | None = None
    """A part that replaces the default part, for behaviour without a setting."""


def combine(variants: Iterable[Variant]) -> tuple[Settings, list[type[Any]]]:
    """Return the settings and the parts of a server that has the behaviour of several variants.

    Raises ValueError if two of them have different values for a setting or override the same method.
    """
    default = asdict(Settings())
    changed: dict[str, Any] = {}
    parts: list[type[Any]] = []
    overridden: set[tuple[type, str]] = set()
    for variant in variants:
        for name, value in asdict(variant.settings).items():
            if value != default[name] and changed.setdefault(name, value) != value:
                raise ValueError(f"two variants set {name}")
        if variant.part is not None:
            parts.append(variant.part)
            (base,) = variant.part.__bases__
            methods = {(base, name) for name, value in vars(variant.part).items() if callable(value)}
            if overridden & methods:
                raise ValueError(f"two variants override {', '.join(name for _, name in overridden & methods)}")
            overridden |= methods
    return replace(Settings(), **changed), parts


VARIANTS: dict[str, Variant] = {
    "plain": Variant("The literal reading of the contract", Settings()),
    # operations
    "put-only-404": Variant(
        "Only the governance update exists; everything else is 404", Settings(missing_operations="404")
    ),
    "put-only-405": Variant(
        "Only the governance update exists; other operations are 405", Settings(missing_operations="405")
    ),
    "base-path": Variant("All paths begin with /gw/prod", Settings(base_path="/gw/prod")),
    # authentication
    "forbidden": Variant("Bad credentials are answered 403", Settings(refusal_status=403)),
    "authenticate-header": Variant("401 names the scheme in WWW-Authenticate", Settings(authenticate_header=True)),
    "empty-refusal-body": Variant("The body of a 401 is {}", Settings(refusal_body="empty")),
    "scheme-case-sensitive": Variant("`bearer` in lower case is refused", Settings(scheme_case_sensitive=True)),
    # request bodies
    "null-component-omitted": Variant(
        "A null component counts as not mentioned", Settings(null_components="omit", null_fields="omit")
    ),
    "whole-floats-refused": Variant("1.0 and 1e3 are not accepted as whole numbers", Settings(whole_floats="refuse")),
    "content-type-required": Variant(
        "A body that is not declared application/json is a 400", Settings(content_type_required=True)
    ),
    "unknown-methods-501": Variant("HEAD, OPTIONS and PATCH are a 501 everywhere", Settings(unknown_methods=501)),
    "page-for-people": Variant("GET of an unknown path answers with an HTML page", Settings(unknown_paths="page")),
    "paging-clamped": Variant("A page or limit out of bounds is clamped", Settings(bad_paging="clamp")),
    "lookup-first": Variant("An unknown unit is a 404 before the body is checked", Settings(lookup_first=True)),
    "lenient": Variant(
        "Requests that only good practice forbids are accepted: limits of 0, odd durations, empty names",
        Settings(lenient=True, bad_paging="clamp", null_components="omit"),
    ),
    # updates
    "flag-removes-budget": Variant(
        "A budget body without limit and duration removes the budget", Settings(flag_only_budget="remove")
    ),
    "rate-limit-replaced": Variant(
        "An update of the rate limit replaces all four fields", Settings(rate_limit_update="replace")
    ),
    "partial-components-refused": Variant(
        "A partial budget or half of a rate limit is a 400", Settings(partial_components="refuse")
    ),
    "doubled-members-refused": Variant(
        "Two equal member names in an object are a 400", Settings(doubled_members="refuse")
    ),
    "multiples-grouped": Variant("3M follows the quarters of the year, 2Y even years", Settings(multiples="group")),
    "empty-update-touches": Variant(
        "An empty update advances updated_at of the unit and its components", Settings(empty_update_touches=True)
    ),
    "put-only-touches": Variant(
        "Only the governance update exists, and an empty one advances every updated_at",
        Settings(missing_operations="404", empty_update_touches=True),
    ),
    "put-only-traffic": Variant(
        "Only the governance update exists, and the usage of every unit grows during the run",
        Settings(missing_operations="404", background_traffic=True),
    ),
    "no-creation-traffic": Variant(
        "No unit can be created or deleted, and the usage of every unit grows during the run",
        Settings(missing_operations="405", served=_ON_NAMED_UNITS, background_traffic=True),
    ),
    "go-like": Variant(
        "Decodes as Go does, with the choices of the sibling entities",
        Settings(
            null_components="omit",
            null_fields="omit",
            null_body="omit",
            whole_floats="refuse",
            member_case_sensitive=False,
            scheme_case_sensitive=True,
            flag_only_budget="remove",
            rate_limit_update="replace",
            bad_paging="clamp",
            empty_update_touches=True,
            trailing_newline=True,
            timestamp="offset",
        ),
    ),
    # responses
    "french": Variant("Every message is French", Settings(wording="french")),
    "integer-ids": Variant("Identifiers are numbers in a string", Settings(id_style="integer")),
    "ulid-ids": Variant("Identifiers are ULIDs", Settings(id_style="ulid")),
    "spaced-ids": Variant("Identifiers hold blanks and non-ASCII letters", Settings(id_style="spaced")),
    "reserved-ids": Variant("Identifiers hold / ? # % & = +", Settings(id_style="reserved")),
    "offset-timestamps": Variant("Date-times at +05:30 with nanoseconds", Settings(timestamp="offset")),
    "zero-offset-timestamps": Variant("Date-times end in +00:00", Settings(timestamp="zero-offset")),
    "whole-seconds": Variant("Date-times in whole seconds", Settings(timestamp="seconds")),
    "milliseconds": Variant("Date-times in milliseconds", Settings(timestamp="milliseconds")),
    "extra-fields": Variant("Every object has members that no schema names", Settings(extra_fields=True)),
    "null-config-hash": Variant("config_hash of components is null", Settings(null_config_hash=True)),
    "null-optional-fields": Variant(
        "Unset members are null if the schema allows it",
        Settings(null_optional_fields=True, null_config_hash=True, free_objects="null"),
    ),
    "free-objects": Variant("profile, config and claims are filled", Settings(free_objects="filled")),
    "false-alignment-omitted": Variant("calendar_aligned is absent when false", Settings(false_alignment_omitted=True)),
    "minimal-errors": Variant("Errors hold error.message and nothing else", Settings(minimal_errors=True)),
    "newest-first": Variant("Lists begin with the newest entry", Settings(newest_first=True)),
    "no-teams": Variant("There are no teams", Settings(teams=False)),
    # transport
    "charset": Variant("The media type names its charset", Settings(content_type="application/json; charset=utf-8")),
    "escaped-unicode": Variant(
        "JSON in ASCII with a newline at its end", Settings(escaped_unicode=True, trailing_newline=True)
    ),
    "gzip": Variant("Responses are compressed if the client accepts it", Settings(gzip=True)),
    "chunked": Variant("Responses are chunked, without Content-Length", Settings(chunked=True)),
    "http-1.0": Variant("HTTP/1.0", Settings(http_version="HTTP/1.0")),
    "close-connection": Variant("The connection is closed after each response", Settings(close_connection=True)),
    "cross-origin": Variant("CORS headers and preflight answers", Settings(cross_origin=True)),
    "slow": Variant("20 milliseconds before each response", Settings(delay=0.02)),
    "throttled": Variant("Every 7th request is 429 with Retry-After: 0", Settings(throttle_every=7)),
    "throttled-second": Variant(
        "Every 97th request is 429 with Retry-After: 1", Settings(throttle_every=97, retry_after=1)
    ),
    "background-traffic": Variant("The usage of demo units grows during the run", Settings(background_traffic=True)),
}
