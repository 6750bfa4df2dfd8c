"""What was found: records, the verdict, reports."""
