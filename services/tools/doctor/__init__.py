"""Says what is wrong with this installation.

`finding` is one thing that was looked at; `machine`, `kafka`, `dead_letters`, `redis`
and `shared_ids` look;
`examine` is the whole.
"""
