"""The API over real HTTP and a real Kafka, as senders use it, and a customer of each test's own."""

import uuid

import pytest

from tests.services.ingest.conftest import api, consumer, written

__all__ = ["api", "consumer", "who", "written"]


@pytest.fixture
def who() -> str:
    """A customer that no other test has."""
    return f"c-{uuid.uuid4().hex[:10]}"
