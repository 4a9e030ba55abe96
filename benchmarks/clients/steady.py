"""A producer of sign-ups at a steady rate, as a process of its own.

`python -m benchmarks.clients.steady SERIES RATE SECONDS` writes a line of JSON when it knows when
it will begin, and one at its end. A tick of 5 ms sends what is due by then, however late it is
itself.
"""

import asyncio
import json
import os
import sys
import time

from aiokafka import AIOKafkaProducer

from benchmarks.environment.broker import KeyValue, partition_of, send
from benchmarks.loads.pace import Pace
from benchmarks.loads.signup import customer_of, signup
from benchmarks.reporting.figures import percentile
from schemas.topics import SHOP_EVENTS

_TICK_S = 0.005
_UNTIL_BEGIN_S = 0.5


async def main(series: str, rate: float, seconds: float) -> None:
    """Send `rate` sign-ups a second."""
    partitions = int(os.environ["STAMMKUNDE_PARTITIONS"])
    total = int(rate * seconds)
    customers = [customer_of(series, number) for number in range(total)]
    homes = [partition_of(customer.encode(), partitions) for customer in customers]
    producer = AIOKafkaProducer(
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"], acks="all", linger_ms=0
    )
    await producer.start()
    try:
        pace = Pace(time.time() + _UNTIL_BEGIN_S, rate, total)
        _print(begin=pace.begin)
        late = await _send_all(producer, pace, customers, homes)
    finally:
        await producer.stop()
    _print(sent=total, late_p99_ms=round(percentile(late, 0.99) * 1000, 1))


async def _send_all(
    producer: AIOKafkaProducer, pace: Pace, customers: list[str], homes: list[int]
) -> list[float]:
    """Send everything; returns how late each tick's first event was handed to the producer."""
    late: list[float] = []
    under_way: list[asyncio.Future[object]] = []
    sent = 0
    while sent < pace.total:
        now = time.time()
        due = pace.due(now)
        if due > sent:
            late.append(now - pace.meant(sent))
            by_partition: dict[int, list[KeyValue]] = {}
            for number in range(sent, due):
                customer = customers[number]
                event = customer.encode(), signup(customer, pace.meant(number))
                by_partition.setdefault(homes[number], []).append(event)
            for home, some in by_partition.items():
                under_way += await send(producer, SHOP_EVENTS, home, some)
            sent = due
        await asyncio.sleep(_TICK_S)
    await asyncio.gather(*under_way)
    return late


def _print(**what: float) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3])))
