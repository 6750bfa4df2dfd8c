"""Helpers of the rule tests: expectations, inputs, refused requests, a model of business units."""
