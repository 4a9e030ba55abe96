"""A client is closed, however often the task that closes it is cancelled."""

import asyncio

from services.platform.kafka.clients import close_client, new_consumer
from topology.batching.security import OPEN


async def test_a_client_whose_closing_is_cancelled_is_closed() -> None:
    """As at the end of the loop, while a connection is being opened."""
    consumer = new_consumer("127.0.0.1:1", OPEN)
    await consumer._client._get_conn_lock.acquire()
    others = asyncio.all_tasks()
    closing = asyncio.create_task(close_client(consumer))
    for _ in range(3):
        await asyncio.sleep(0)
    everything = asyncio.all_tasks() - others
    assert len(everything) > 1, "closing has a task of its own"
    for task in everything:
        task.cancel()
    await asyncio.wait(everything)
    assert closing.cancelled()
    assert consumer._closed
