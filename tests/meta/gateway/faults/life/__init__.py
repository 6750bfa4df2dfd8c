"""Faults in the life of units and teams."""
