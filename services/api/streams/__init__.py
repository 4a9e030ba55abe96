"""Server-sent events: news of triggers and of customers, to any number of listeners.

`trigger_stream` and `customer_stream` each have the feed, which reads once for all who listen, and
the stream that one listener gets. `customer_news` reads the news of one customer, `listeners`
bounds the frames that wait for each, and `event_stream` is the answer over HTTP.
"""
