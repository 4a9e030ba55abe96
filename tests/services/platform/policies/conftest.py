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
async def kafka(own_kafka: str, caplog: pytest.LogCaptureFixture) -> AsyncIterator[str]:
    """The same, with empty topics. No error of a publisher is left for asyncio to log."""
    async with emptied(own_kafka, "policies", 2) as address:
        yield address
    gc.collect()
    assert "never retrieved" not in caplog.text
