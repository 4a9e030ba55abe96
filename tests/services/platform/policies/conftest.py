"""A Kafka of its own: what is published counts for everybody who shares one."""

import gc
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conftest import held
from tests.services.worker.around import emptied, running_kafka


@pytest.fixture(scope="session")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it is."""
    with held(running_kafka(tmp_path_factory.mktemp("policies"))) as address:
        yield address


@pytest.fixture
async def kafka(own_kafka: str) -> AsyncIterator[str]:
    """The same, with empty topics."""
    async with emptied(own_kafka, "policies", 2) as address:
        yield address
    # aiokafka leaves errors of fenced producers to asyncio, which logs them at their collection.
    # That is now, and not within `ast.parse` of another test, which Python 3.11 can't survive.
    gc.collect()
