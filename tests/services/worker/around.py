"""What is around real workers: a Kafka that has nothing else, the projector and the API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from aiokafka.admin import AIOKafkaAdminClient

from schemas.topics import catalogue
from services.api.run import run_api
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.topics.ensure import ensure_topics
from services.platform.settings import Settings
from services.projector.run import run_projector
from services.tools.local_stack import KafkaServer
from tests.waits import LONGEST_WAIT_S


@asynccontextmanager
async def running_kafka(folder: Path) -> AsyncIterator[str]:
    """A Kafka for tests that take turns: each empties it first."""
    server = KafkaServer(folder / "kafka")
    await server.start()
    try:
        yield server.address
    finally:
        await server.stop()


@asynccontextmanager
async def emptied(kafka: str, app_id: str, partitions: int) -> AsyncIterator[str]:
    """This Kafka, with nothing but the new topics of an application.

    Topics are called the same everywhere. What a group had committed goes with the old ones.
    """
    async with connected_admin(kafka) as admin, asyncio.timeout(LONGEST_WAIT_S):
        await admin.delete_topics(await _topics_in(admin))
        while await _topics_in(admin):
            await asyncio.sleep(0.05)
        await ensure_topics(kafka, catalogue(app_id), partitions, groups=[app_id])
        while await admin.list_consumer_group_offsets(app_id):
            await asyncio.sleep(0.05)
    yield kafka


async def _topics_in(admin: AIOKafkaAdminClient) -> list[str]:
    """All but Kafka's own."""
    return [name for name in await admin.list_topics() if not name.startswith("__")]


@asynccontextmanager
async def answering(
    settings: Settings, *, kafka: str, redis: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A projector and the API."""
    stop, url = asyncio.Event(), asyncio.get_running_loop().create_future()
    tasks = [
        asyncio.create_task(run_projector(settings, kafka=kafka, redis=redis, stop=stop)),
        asyncio.create_task(
            run_api(settings, redis=redis, kafka=kafka, stop=stop, on_ready=url.set_result)
        ),
    ]
    try:
        async with httpx.AsyncClient(base_url=await url) as client:
            yield client
    finally:
        stop.set()
        await asyncio.gather(*tasks)
