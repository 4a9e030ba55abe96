"""The contestants: the worker and other programs, on the same topic."""
