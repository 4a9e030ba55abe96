"""The API: the read model over HTTP, and the way of messages into Kafka.

`app` puts it together, `dependencies` opens what its routes work with, `routes` are the operations,
`streams` the server-sent events, and `pages` the pages for a browser.
"""
