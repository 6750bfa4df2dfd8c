"""Commands for the developers of the checks. Each judges many servers or reads the tests, and writes a table."""
