"""The results of a run: records of tests, the verdict, reports."""
