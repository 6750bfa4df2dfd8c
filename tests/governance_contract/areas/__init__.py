"""The tests of the rules: one module for each area, or for a part of a large area."""
