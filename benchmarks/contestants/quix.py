"""The small job in Quix Streams, as its documentation shows it: a stateful function on a stream.

Started with the guarantee that it shall give: `at-least-once` or `exactly-once`.
"""

import os
import sys
from typing import Any

from quixstreams import Application, State

from benchmarks.contestants.small_job import absorb, milestone


def take(order: dict[str, Any], state: State) -> dict[str, Any] | None:
    """Take an order into its customer's row."""
    row = absorb(state.get("row"), order)
    state.set("row", row)
    return milestone(order["userId"], row)


def main() -> None:
    """Run until SIGTERM."""
    app = Application(
        broker_address=os.environ["KAFKA_BOOTSTRAP_SERVERS"],
        consumer_group=os.environ["STAMMKUNDE_APP_ID"],
        auto_offset_reset="earliest",
        processing_guarantee=sys.argv[1],
        loglevel="WARNING",
    )
    orders = app.topic("shop.events.v1", key_deserializer="str", value_deserializer="json")
    outputs = app.topic("bench.outputs.v1", key_serializer="str", value_serializer="json")
    stream = app.dataframe(orders).apply(take, stateful=True)
    stream = stream.filter(lambda reached: reached is not None)
    stream.to_topic(outputs)
    app.run()


if __name__ == "__main__":
    main()
