"""What is around real workers: a Kafka of a test's own, the projector and the API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from schemas.topics import catalogue
from services.api.run import run_api
from services.platform.kafka.topics.ensure import ensure_topics
from services.platform.settings import Settings
from services.projector.run import run_projector
from services.tools.local_stack import KafkaServer


@asynccontextmanager
async def own_kafka(folder: Path, app_id: str, partitions: int) -> AsyncIterator[str]:
    """A Kafka with the topics of an application, since these are called the same everywhere."""
    server = KafkaServer(folder / "kafka")
    await server.start()
    try:
        await ensure_topics(server.address, catalogue(app_id), partitions)
        yield server.address
    finally:
        await server.stop()


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
