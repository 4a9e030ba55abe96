"""Says what is wrong with this installation.

`finding` is one thing that was looked at; `machine`, `kafka` and `redis` look; `examine` is the
whole.
"""
