"""Finds out what is wrong with this installation.

`machine`, `kafka`, `dead_letters` and `read_model` check one part each. The result of a check is a
`finding`. `examine` runs all checks.
"""
