"""Fixtures for every test: a real Kafka and a real Redis, started when a test first asks."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

import pytest

from services.tools.local_stack import Addresses, local_stack

pytest_plugins = ("tests.example_counts",)

T = TypeVar("T")


@contextmanager
def held(block: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """Enter and leave an async block on a loop of its own, which need not run in between."""
    loop = asyncio.new_event_loop()
    try:
        entered = loop.run_until_complete(block.__aenter__())
        try:
            yield entered
        finally:
            loop.run_until_complete(block.__aexit__(None, None, None))
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """Where Kafka and Redis are: those of the environment, else new ones for this session."""
    block = local_stack(
        tmp_path_factory.mktemp("stack"),
        kafka=os.environ.get("KAFKA_BOOTSTRAP_SERVERS"),
        redis=os.environ.get("REDIS_URL"),
    )
    with held(block) as addresses:
        yield addresses
