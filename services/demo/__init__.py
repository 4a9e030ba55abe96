"""Eighteen months of real orders go by, and everybody can watch what becomes of the customers.

`run` is the whole. `cdnow` reads the orders, `fresh` sees that nothing is there from before,
`api` asks the HTTP API and `subscriber` reads the topics, as anybody else would; `watch` puts what
they say into a `scene`, and `screen` or `plain` shows it. `summary` and `signposts` end it.
"""
