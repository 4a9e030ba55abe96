"""A bare loop: consume, decode, produce now and then, commit. No state, no rules, no transaction.

It does for each event only what nobody can do without, so its speed is the ceiling for an engine.
"""

import asyncio
import os
import signal

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.environment.broker import SMALL_JOB_OUTPUTS
from schemas.messages.fast import track_event_decoder
from schemas.topics import SHOP_EVENTS

OUTPUT_EVERY = 7
"""About as often as the small job of an output at the 2nd, 5th and 10th order of 20."""


async def main() -> None:
    """Run until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    servers = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    consumer = AIOKafkaConsumer(
        SHOP_EVENTS,
        bootstrap_servers=servers,
        group_id=os.environ["STAMMKUNDE_APP_ID"],
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, max_batch_size=900_000, compression_type="lz4"
    )
    await consumer.start()
    await producer.start()
    decode = track_event_decoder().decode
    try:
        while not stop.is_set():
            for tp, records in (await consumer.getmany(timeout_ms=200, max_records=20_000)).items():
                builder = producer.create_batch()
                for number, record in enumerate(records):
                    event = decode(record.value)
                    if number % OUTPUT_EVERY == 0:
                        value = str(event.message_id).encode()
                        builder.append(timestamp=None, key=record.key, value=value)
                await producer.send_batch(builder, SMALL_JOB_OUTPUTS.name, partition=tp.partition)
            await producer.flush()
            await consumer.commit()
    finally:
        await consumer.stop()
        await producer.stop()


if __name__ == "__main__":
    asyncio.run(main())
