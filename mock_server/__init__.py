"""A stateful mock of the business-unit governance API, driven by the OpenAPI contract at run time."""
