"""What was replaced in a compacted topic is removed in time, also in a topic of before."""

import asyncio
import uuid
from dataclasses import replace

import pytest
from aiokafka.admin import NewTopic

from schemas.topics import COMPACTED_WITHIN_MS, Topic, catalogue
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.topics.ensure import ensure_topics, missing_bounds
from services.platform.kafka.topics.existing import TopicSetting, topic_settings
from services.tools.local_stack import Addresses
from tests.waits import LONGEST_WAIT_S

DAY = str(COMPACTED_WITHIN_MS)
BOUNDS = {"max.compaction.lag.ms": DAY, "segment.ms": DAY}


def topics(*, compacted: bool) -> list[Topic]:
    return [each for each in catalogue("app") if (each.retention_days is None) is compacted]


def test_every_compacted_topic_is_bounded_and_no_other() -> None:
    assert len(topics(compacted=True)) >= 4
    assert all(BOUNDS.items() <= each.config().items() for each in topics(compacted=True))
    assert not any(BOUNDS.keys() & each.config().keys() for each in topics(compacted=False))
    assert COMPACTED_WITHIN_MS == 86_400_000


def test_what_the_broker_has_by_default_is_missing_and_what_somebody_set_is_theirs() -> None:
    topic = topics(compacted=True)[0]
    found = {
        "max.compaction.lag.ms": TopicSetting("9223372036854775807", own=False),
        "segment.ms": TopicSetting("1000", own=True),
    }
    assert missing_bounds(topic, found) == {"max.compaction.lag.ms": DAY}
    assert missing_bounds(topic, {}) == BOUNDS


@pytest.mark.e2e
async def test_an_older_topic_is_bounded_and_keeps_all_that_was_set_for_it(
    stack: Addresses,
) -> None:
    """Kafka's request replaces all settings of a topic, so a slip would open the changelog."""
    own = uuid.uuid4().hex[:8]
    old, chosen, source = (f"{own}.{name}" for name in ("old", "chosen", "source"))
    before = {"cleanup.policy": "compact", "max.message.bytes": "16777216"}
    async with connected_admin(stack.kafka) as admin:
        await admin.create_topics(
            [
                NewTopic(old, 1, 1, topic_configs=before),
                NewTopic(chosen, 1, 1, topic_configs={**before, "segment.ms": "60000"}),
                NewTopic(source, 1, 1, topic_configs={"retention.ms": "1000"}),
            ]
        )
    compacted, deleted = topics(compacted=True)[0], topics(compacted=False)[0]
    ready = await ensure_topics(
        stack.kafka,
        [
            replace(compacted, name=old),
            replace(compacted, name=chosen),
            replace(deleted, name=source),
        ],
        1,
    )
    assert ready.unbounded == ()
    set_for: dict[str, dict[str, str | None]] = {}
    async with connected_admin(stack.kafka) as admin, asyncio.timeout(LONGEST_WAIT_S):
        while set_for.get(old) in (None, before):  # A broker learns of a change a little later.
            found = await topic_settings(admin, [old, chosen, source])
            set_for = {
                name: {key: each.value for key, each in settings.items() if each.own}
                for name, settings in found.items()
            }
    assert set_for[old] == {**before, **BOUNDS}
    assert set_for[chosen] == {**before, **BOUNDS, "segment.ms": "60000"}
    assert set_for[source] == {"retention.ms": "1000"}
