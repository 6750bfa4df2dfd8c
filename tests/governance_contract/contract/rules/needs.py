"""Needs that several rules have together."""

from __future__ import annotations

from .rule import Need

OWN = (Need.OWN_UNITS,)
OWN_READ = (Need.OWN_UNITS, Need.READ)
OWN_CREATE = (Need.OWN_UNITS, Need.CREATE_GOVERNANCE)
OWN_DELETE = (Need.OWN_UNITS, Need.DELETE_GOVERNANCE)
OWN_RENAME = (Need.OWN_UNITS, Need.RENAME)
OWN_RENAME_READ = (Need.OWN_UNITS, Need.RENAME, Need.READ)
OWN_LIST = (Need.LIST, Need.OWN_UNITS)
OWN_LIST_READ = (Need.LIST, Need.OWN_UNITS, Need.READ)
TEAM = (Need.TEAM,)
