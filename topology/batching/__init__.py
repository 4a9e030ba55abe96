"""Faust with whole batches, rows that a partition owns, and a transaction for each batch.

Knows no customer: any Faust app could use it. From the broker inwards: `transport` hands each agent
one message per partition and fetch; `intake` queues a partition's records; `partition` turns them
into changes by a handler (`handler`) and commits them; `writer` is the transaction; `restore`
brings a partition's rows back; `timers` and `clock` know what falls due; `ownership` says which
partitions are ours; `app` hangs it all into Faust.
"""
