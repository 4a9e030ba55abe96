"""The contracts of Stammkunde: what travels over Kafka and HTTP, written once, in pydantic.

This room imports nothing of ours. `messages` is what shops send; `transition`, `trigger`,
`customer`, `clock` and `dead_letter` are what Stammkunde writes; `policy` is what a shop decides;
`topics` is the catalogue of topics. `publish` turns all of it into JSON Schema files.
"""
