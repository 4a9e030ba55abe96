"""The policy, made ready: compiled once, and the classifier of dimensions."""
