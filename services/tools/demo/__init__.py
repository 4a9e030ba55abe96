"""Eighteen months of real orders go by, or a story of twelve people, and everybody can watch.

`run` is the whole. It performs a `script`: that of `cdnow`, the orders, or of `story`, which
`story.yaml` tells; `in_step` keeps it in order over the topics. `fresh` sees that nothing is there
from before, `api` asks the HTTP API and `subscriber` reads the topics, as anybody else would;
`watch` puts what they say into a `scene`, and `screen` or `plain` shows it. `summary` and
`signposts` end it.
"""
