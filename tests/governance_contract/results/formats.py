"""The report formats by the suffix of their option. This module imports nothing, so that the command starts fast."""

FORMATS = {
    "json": "JSON",
    "junit": "JUnit XML",
    "html": "one web page",
    "markdown": "Markdown, for a CI job's page",
    "codequality": "a Code Quality report of GitLab",
}
