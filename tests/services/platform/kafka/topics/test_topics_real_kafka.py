"""Topics are created, found and compared on a real Kafka."""

import uuid
from dataclasses import replace

import pytest

from schemas.topics import Topic, catalogue
from services.platform.faults import FaultError
from services.platform.kafka.topics.compare import overview
from services.platform.kafka.topics.ensure import ensure_topics
from services.tools.local_stack import Addresses

pytestmark = pytest.mark.e2e


@pytest.fixture
def topics() -> list[Topic]:
    """A catalogue whose names are this test's own, so that tests can share a Kafka."""
    own = uuid.uuid4().hex[:8]
    return [replace(topic, name=f"{own}.{topic.name}") for topic in catalogue("app")]


async def test_missing_topics_are_created_as_the_catalogue_has_them(
    stack: Addresses, topics: list[Topic]
) -> None:
    ready = await ensure_topics(stack.kafka, topics, 3)
    assert ready.partitions == 3
    assert set(ready.created) == {topic.name for topic in topics}
    lines = await overview(stack.kafka, topics)
    assert [line.state for line in lines] == ["3 partitions"] * len(topics)
    assert not any(line.differs for line in lines)


async def test_a_second_time_creates_nothing_and_follows_what_is_there(
    stack: Addresses, topics: list[Topic]
) -> None:
    await ensure_topics(stack.kafka, topics, 3)
    ready = await ensure_topics(stack.kafka, topics, 5)
    assert (ready.partitions, ready.created) == (3, ())


async def test_only_what_is_missing_is_created(stack: Addresses, topics: list[Topic]) -> None:
    await ensure_topics(stack.kafka, topics[:2], 2)
    ready = await ensure_topics(stack.kafka, topics, 5)
    assert ready.partitions == 2
    assert set(ready.created) == {topic.name for topic in topics[2:]}


async def test_topics_that_disagree_are_refused(stack: Addresses, topics: list[Topic]) -> None:
    await ensure_topics(stack.kafka, topics[:1], 4)
    await ensure_topics(stack.kafka, topics[1:], 2)
    with pytest.raises(FaultError, match="same number of partitions"):
        await ensure_topics(stack.kafka, topics, 2)


@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
async def test_a_changelog_whose_rows_would_expire_is_refused(
    stack: Addresses, topics: list[Topic], policy: str
) -> None:
    """With the command that puts it right."""
    wrong = replace(topics[-1], extra={"cleanup.policy": policy})
    await ensure_topics(stack.kafka, [wrong], 2)
    with pytest.raises(FaultError, match=f"cleanup.policy={policy}.* --add-config cleanup.policy="):
        await ensure_topics(stack.kafka, topics, 2)


async def test_what_is_missing_is_listed_as_missing(stack: Addresses, topics: list[Topic]) -> None:
    lines = await overview(stack.kafka, topics)
    assert [line.state for line in lines] == ["missing"] * len(topics)
