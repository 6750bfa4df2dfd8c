"""Faults that show when requests overlap."""
