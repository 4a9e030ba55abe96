"""Views of a row: for ops, for marketers who ask why, and for the customer."""
