"""Conformance checks of the business-unit governance API: any implementation, over HTTP, against the contract."""
