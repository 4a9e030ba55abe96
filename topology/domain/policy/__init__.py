"""The compiled policy, and the classifier of dimensions."""
