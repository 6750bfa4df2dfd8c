"""The rules of the area LIST: lists, pages and search."""

from __future__ import annotations

from ..operation_ids import LIST_TEAMS, LIST_UNITS
from .needs import OWN_LIST, OWN_LIST_READ, TEAM
from .places import ENTRY, LISTED
from .rule import MUST, SHOULD, Need, Rule

# fmt: off
RULES = (
    Rule("LIST-01", MUST, "The list shows created units, omits deleted units, and total counts them.",
         (f"{LISTED}/properties/total", f"{LIST_UNITS}/description"), OWN_LIST),
    Rule("LIST-02", MUST, "A page contains at most limit entries and states its page and limit.",
         (f"{LIST_UNITS}/parameters/limit", f"{LISTED}/required"), OWN_LIST),
    Rule("LIST-03", MUST, "The pages together contain every business unit exactly once.",
         (f"{LIST_UNITS}/parameters/page", f"{LIST_UNITS}/description"), OWN_LIST),
    Rule("LIST-04", MUST, "A search returns every unit whose name contains the text, ignoring case, and no other unit.",
         (f"{LIST_UNITS}/parameters/search/description",), OWN_LIST),
    Rule("LIST-05", MUST,
         "Without parameters, the list returns the default page with at most the default limit of entries.",
         (f"{LIST_UNITS}/parameters/page/schema/default",
          f"{LIST_UNITS}/parameters/limit/schema/default"), (Need.LIST,)),
    Rule("LIST-06", SHOULD, "A page or limit out of range is refused or brought into range.",
         (f"{LIST_UNITS}/parameters/limit/schema", f"{LIST_UNITS}/parameters/page/schema"), (Need.LIST,)),
    Rule("LIST-07", MUST, "team_count in the list equals the number of assigned teams.",
         (f"{LIST_UNITS}/description", f"{ENTRY}/properties/team_count"), (Need.LIST, Need.TEAM)),
    Rule("LIST-08", MUST, "A list entry has the id and name that a read shows.",
         (f"{ENTRY}/description", f"{ENTRY}/properties"), OWN_LIST_READ),
    Rule("LIST-09", SHOULD, "A list entry has the created_at that a read shows.",
         (f"{ENTRY}/description", f"{ENTRY}/properties"), OWN_LIST_READ),
    Rule("LIST-10", MUST, "The teams of a business unit are listed in pages and can be searched.",
         (f"{LIST_TEAMS}/description", f"{LIST_TEAMS}/parameters/limit",
          f"{LIST_TEAMS}/parameters/search/description"), TEAM),
    Rule("LIST-11", SHOULD, "Search ignores case in non-ASCII letters.",
         (f"{LIST_UNITS}/parameters/search/description",), OWN_LIST),
    Rule("LIST-12", SHOULD, "Search treats every character literally.",
         (f"{LIST_UNITS}/parameters/search/description",), OWN_LIST),
)
# fmt: on
