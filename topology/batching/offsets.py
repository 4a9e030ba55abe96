"""Offsets: what the group has committed, or an error, but never an error taken for nothing.

aiokafka looks at the errors of single partitions only. Since version 2 of the answer a coordinator
that is still loading says so once for all, and names no partition: aiokafka takes that for a group
that has never committed.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from aiokafka import TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaError, NotCoordinatorForGroupError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.structs import OffsetAndMetadata

_AGAIN_S: Final = 0.1


async def fetch_offsets(
    coordinator: GroupCoordinator, places: Iterable[TopicPartition]
) -> Mapping[TopicPartition, OffsetAndMetadata]:
    """Ask for the committed offsets; a place for which there is none is left out.

    Raises:
        KafkaError: the coordinator can't say, and asking again would not help.
    """
    asked: dict[str, list[int]] = {}
    for place in places:
        asked.setdefault(place.topic, []).append(place.partition)
    request = OffsetFetchRequest(coordinator.group_id, list(asked.items()))
    while True:
        await coordinator.ensure_coordinator_known()
        try:
            response = await coordinator._send_req(request)
            _raise_for(getattr(response, "error_code", 0), coordinator)
            return _read(response.topics, coordinator)
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(_AGAIN_S)


def _read(
    topics: Iterable[tuple[str, Iterable[tuple[int, int, str, int]]]], coordinator: GroupCoordinator
) -> Mapping[TopicPartition, OffsetAndMetadata]:
    found = {}
    for topic, partitions in topics:
        for partition, offset, metadata, code in partitions:
            _raise_for(code, coordinator)
            if offset >= 0:
                found[TopicPartition(topic, partition)] = OffsetAndMetadata(offset, metadata)
    return found


def _raise_for(code: int, coordinator: GroupCoordinator) -> None:
    if code == 0:
        return
    error = for_code(code)()
    if isinstance(error, NotCoordinatorForGroupError):
        coordinator.coordinator_dead()
    raise error
