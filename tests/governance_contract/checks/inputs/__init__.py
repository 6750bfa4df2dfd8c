"""Inputs of tests: Hypothesis strategies, and values that are chosen by hand."""
