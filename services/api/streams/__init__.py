"""Server-sent events: what happens, as it happens, to any number of listeners.

`trigger_feed` and `customer_feed` read once for all who listen, `trigger_stream` and
`customer_stream` are what one of them gets, `listener` bounds what waits for one, `audience` keeps
the slow from holding up the others, and `event_stream` is the answer over HTTP.
"""
