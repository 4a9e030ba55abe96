"""Takes in messages over HTTP, as Segment's tracking API does, and puts them into Kafka.

`inflate`, `parcel`, `translate` and `judge` are pure: from the bytes of a request to what
becomes of each message in it. `receive` reads a request within its bounds, `outlet` talks to Kafka,
`intake` is the whole way, `routes` are the paths.
"""
