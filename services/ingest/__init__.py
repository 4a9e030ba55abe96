"""Takes in messages over HTTP, as Segment's tracking API does, and puts them into Kafka.

`received_batch`, `translate` and `validate` are pure: from the bytes of a request to what becomes
of each message in it. `event_producer` talks to Kafka, `intake` is the whole way, and `doors` are
the paths. `services.platform.http` reads a request within its bounds.
"""
