"""Paths of the API under test."""

UNITS = "/api/governance/business-units"
"""The business units. The path of a unit is below it."""
