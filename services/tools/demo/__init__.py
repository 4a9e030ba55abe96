"""The demo: replays real orders, or a story of twelve people, and shows what happens.

`run` is the whole. It replays a `script`: the orders of `cdnow`, or the messages of `story`, which
`story.yaml` tells. `topic_order` keeps the messages of a customer in order across topics. `api`
calls the HTTP API and `subscriber` reads the topics, as any other client would. `watch` puts
together a `snapshot` of both, and `display` shows it. `summary` has the figures and the curl
examples at the end.
"""
