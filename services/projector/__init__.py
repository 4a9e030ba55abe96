"""The projector: reads what the worker has committed and keeps the read model in Redis.

`run` keeps it going, `session` is one life of it, `read_*` turn records into changes, `store`
applies them by the scripts in `lua`, `keys` says what lies where in Redis.
"""
