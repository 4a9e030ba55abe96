"""Takes in the webhooks of shop systems, and hands their events to `ingest` as our messages.

`receive` is the whole way of a webhook. `connectors` lists the systems. Each has a folder of its
own with a pure `verify` (whether a webhook is from the shop) and a pure `map_webhook` (which
messages it becomes). `sources` are the shops that were connected, with their secrets.
"""
