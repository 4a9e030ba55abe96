"""A Kafka whose topics no other test has written to."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conftest import held
from tests.services.archive.world import APP, PARTITIONS
from tests.services.worker.around import emptied, running_kafka


@pytest.fixture(scope="session")
def kafka_of_archives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The Kafka of this folder: each test empties it first."""
    with held(running_kafka(tmp_path_factory.mktemp("archives"))) as address:
        yield address


@pytest.fixture
async def kafka(kafka_of_archives: str) -> AsyncIterator[str]:
    """New topics, with nothing in them."""
    async with emptied(kafka_of_archives, APP, PARTITIONS) as address:
        yield address
