"""What is required: the contract document, the rules, the calendar."""
