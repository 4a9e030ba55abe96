"""Where the archive goes on: after the last record of each partition that a file holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas import topics
from services.archive.file_name import Partition
from services.platform.kafka.topic_reader import offsets_at

ARCHIVED: Final = (*topics.SOURCES, topics.TRANSITIONS, topics.TRIGGERS)
"""The topics that the archive keeps."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where each partition goes on, and where that is not where its files end."""

    offsets: Mapping[Partition, int]
    lost: Mapping[Partition, range] = field(default_factory=dict)
    """The offsets that Kafka had deleted before they were archived."""


class ArchiveAheadError(Exception):
    """The archive has offsets that Kafka has not reached: its topics are others."""

    def __init__(self, partition: Partition, archived: int, end: int) -> None:
        super().__init__(
            f"the archive ends at offset {archived:,} of {partition}, and Kafka at {end:,}"
        )


def start_of(
    archived: Mapping[Partition, int],
    beginnings: Mapping[Partition, int],
    ends: Mapping[Partition, int],
    kept_from: Mapping[Partition, int],
) -> Start:
    """Decide where each partition goes on: pure.

    Args:
        archived: the offset after the last file; a partition without files is missing.
        beginnings: the first offset that Kafka has.
        ends: the offset after the last one.
        kept_from: the first offset of a day that the archive keeps.

    Raises:
        ArchiveAheadError: the files are those of other topics.
    """
    offsets, lost = {}, {}
    for partition, beginning in beginnings.items():
        next_offset = archived.get(partition)
        if next_offset is None:
            offsets[partition] = max(beginning, kept_from[partition])
            continue
        if next_offset > ends[partition]:
            raise ArchiveAheadError(partition, next_offset, ends[partition])
        if next_offset < beginning:
            lost[partition] = range(next_offset, beginning)
        offsets[partition] = max(next_offset, beginning)
    return Start(offsets, lost)


async def ask_start(
    consumer: AIOKafkaConsumer, archived: Mapping[Partition, int], oldest: date
) -> Start:
    """Ask Kafka where the consumer's partitions begin and end, and decide.

    Raises:
        ArchiveAheadError: the files are those of other topics.
        KafkaError: Kafka is away.
    """
    assigned = list(consumer.assignment())
    ends = await consumer.end_offsets(assigned)
    midnight = datetime.combine(oldest, time(), UTC)
    found = await offsets_at(consumer, assigned, midnight, ends)
    return start_of(
        archived,
        _by_partition(await consumer.beginning_offsets(assigned)),
        _by_partition(ends),
        _by_partition(found),
    )


def _by_partition(offsets: Mapping[TopicPartition, int]) -> dict[Partition, int]:
    return {Partition(each.topic, each.partition): offset for each, offset in offsets.items()}
