"""Takes in messages over HTTP, as Segment's tracking API does, and writes them to Kafka.

`intake` is the whole way of a request. `batch` takes its body apart, `validate` gives the verdict
on each message, `routing` names its topic, `event_producer` writes the records, `dead_letters`
keeps the refused messages, and `answers` is what the sender gets back.
"""
