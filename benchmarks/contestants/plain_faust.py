"""The small job in plain Faust, as its documentation shows it: an agent, a table, a topic."""

import os
import sys
from typing import Any

import faust
from faust.types import StreamT

from benchmarks.contestants.small_job import absorb, milestone

app = faust.App(
    os.environ["STAMMKUNDE_APP_ID"],
    broker=f"kafka://{os.environ['KAFKA_BOOTSTRAP_SERVERS']}",
    topic_partitions=int(os.environ["STAMMKUNDE_PARTITIONS"]),
    topic_replication_factor=1,
    consumer_auto_offset_reset="earliest",
    web_enabled=False,
    datadir=f"{os.environ['STAMMKUNDE_APP_ID']}-data",
)
orders = app.topic("shop.events.v1", key_type=str, value_serializer="json")
outputs = app.topic("bench.outputs.v1", key_type=str, value_serializer="json")
customers = app.Table("customers", key_type=str)


@app.agent(orders)
async def take(stream: StreamT[Any]) -> None:
    """Take each order into its customer's row."""
    async for customer, order in stream.items():
        row = customers[customer] = absorb(customers.get(customer), order)
        reached = milestone(str(customer), row)
        if reached is not None:
            await outputs.send(key=customer, value=reached)


if __name__ == "__main__":
    # As in its documentation; with a higher level it makes records of what it debugs, for nobody.
    sys.argv[1:] = ["worker", "-l", "info"]
    app.main()
