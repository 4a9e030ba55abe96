"""The read model: what the API answers from, kept in Redis. No other room knows Redis.

The projector writes it through `writer`, the API reads it through `reader`.

to see or change                          open
the names and contents of Redis' keys     `keys`
how a row is stored, which groups list it `rows`
what the projector hands over             `batches`
how it is written, the projector's lease  `writer`, `scripts` and the folder `lua`
what an erasure removes                   `erased_history`, and `disk` for Redis' files
the connection, errors, several reads     `connection`, `reader`
customers by name, by group; their counts `customers`, `counts`
transitions and triggers                  `transitions`, `trigger_log`
cursors of both                           `cursor`
how a request learns of something new     `arrivals`
how far the projector is                  `projector_status`
"""
