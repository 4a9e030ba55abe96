"""The API over real HTTP and a real Kafka, and connected shops of each test's own."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest_asyncio
from redis.asyncio import Redis

from schemas.topics import catalogue
from services.connect.sources import Source, Sources, new_source, open_sources
from services.platform.kafka.topics.ensure import ensure_topics
from services.tools.local_stack import Addresses
from tests.services.connect.shop import SECRET, signed
from tests.services.ingest.conftest import Written, consumer, until_up, written
from tests.services.projector.world import World, eventually

__all__ = ["consumer", "written"]

SALT = "a salt of the test, long enough"


@dataclass
class Shop:
    """A connected shop, as it sends webhooks to a running API."""

    api: httpx.AsyncClient
    sources: Sources
    source: Source

    @property
    def path(self) -> str:
        return f"/v1/connect/{self.source.key}"

    async def send(
        self, topic: str, body: bytes, secret: str = SECRET, **headers: str
    ) -> httpx.Response:
        known = signed(self.source.kind, topic, body, secret)
        return await self.api.post(self.path, content=body, headers={**known, **headers})

    async def count(self, outcome: str) -> float:
        """How many webhooks of this shop had this outcome."""
        return await counted(self.api, self.source.key, outcome)


async def counted(api: httpx.AsyncClient, source: str, outcome: str) -> float:
    start = f'stammkunde_connect_webhooks_total{{outcome="{outcome}",source="{source}"}} '
    lines = (await api.get("/metrics")).text.splitlines()
    return sum(float(line.removeprefix(start)) for line in lines if line.startswith(start))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(
    stack: Addresses, consumer: Written, tmp_path_factory: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """The API, connected to Kafka, that can erase."""
    data = tmp_path_factory.mktemp("data")
    async with (
        Redis.from_url(stack.redis) as redis,
        World(stack.kafka, stack.redis, redis).serving(data_dir=data, erasure_salt=SALT) as client,
    ):
        await until_up(client)
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sources(stack: Addresses, consumer: Written) -> AsyncIterator[Sources]:
    """The table of sources, as the command has it. Its topic is there."""
    await ensure_topics(stack.kafka, catalogue("connect-test"), 8)
    async with open_sources(stack.kafka) as found:
        yield found


async def add_shop(kind: str, api: httpx.AsyncClient, sources: Sources) -> Shop:
    """Connect a shop that no other test has; return once the API knows it."""
    source = new_source(kind, f"s-{uuid.uuid4().hex[:8]}", SECRET, datetime.now(UTC))
    await sources.store(source)
    shop = Shop(api, sources, source)

    async def is_known() -> bool:
        return (await shop.send("any/topic", b"{}")).status_code == httpx.codes.OK

    await eventually(is_known, "the API has read the source")
    return shop


@pytest_asyncio.fixture(loop_scope="module")
async def shopify(api: httpx.AsyncClient, sources: Sources) -> Shop:
    return await add_shop("shopify", api, sources)


@pytest_asyncio.fixture(loop_scope="module")
async def woocommerce(api: httpx.AsyncClient, sources: Sources) -> Shop:
    return await add_shop("woocommerce", api, sources)
