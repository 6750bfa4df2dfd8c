"""The formats of the report by the name of their option. Imports nothing, so that the command can list them at once."""

FORMATS = {"json": "JSON", "junit": "JUnit XML", "html": "one web page", "markdown": "Markdown, for a CI job's page"}
