"""The API: what the read model holds, over HTTP.

`app` puts it together, `routes_*` are the operations, `model_*` read Redis, `cursor` and `merge`
are the pure heart of the trigger log, `problems` is what every error looks like.
"""
