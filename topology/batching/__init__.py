"""Faust with whole batches, rows owned by partitions, and one transaction for each batch.

The package knows no customers: any Faust app could use it. In the order of the data: `transport`
passes one message per partition and fetch to the agent; `intake` queues a partition's records;
`partition` calls the `handler` and commits its changes; `writer` is the transactional producer;
`restore` reads a partition's rows from the changelog; `timers` and `clock` decide which rows are
due; `ownership` handles rebalances; `app` connects all of it with Faust.
"""
