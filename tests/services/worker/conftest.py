"""A Kafka for all tests of real workers."""

from collections.abc import Iterator

import pytest

from tests.conftest import held
from tests.services.worker.around import running_kafka


@pytest.fixture(scope="session")
def kafka_in_turns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it is. Whoever takes its turn empties it: to start one takes 5 s of a processor."""
    with held(running_kafka(tmp_path_factory.mktemp("in-turns"))) as address:
        yield address
