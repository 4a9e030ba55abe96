"""What is shown of a row: to ops, to marketers who ask why, and to the customer."""
