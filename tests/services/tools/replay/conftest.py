"""The topics of a replay."""

import pytest

from schemas.topics import catalogue
from services.platform.kafka.topics.ensure import ensure_topics
from services.tools.local_stack import Addresses
from tests.services.tools.replay.arrived import Topics, ends_of, places_of


@pytest.fixture
async def before(stack: Addresses) -> Topics:
    """All topics are there; other tests may have left something in them."""
    ready = await ensure_topics(stack.kafka, catalogue("replay-test"), 8)
    places = places_of(ready.partitions)
    return Topics(stack.kafka, ready.partitions, await ends_of(stack.kafka, places))
