"""The state that the mock starts with: documents, and the examples of a contract."""
