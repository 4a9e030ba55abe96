"""The policy, made ready: conditions, ladders, delays and rules as functions of a row."""
