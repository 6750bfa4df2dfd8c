"""The requirements: the contract document, the rules, the calendar."""
