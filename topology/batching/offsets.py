"""Offsets: reads a group's committed offsets, and checks every error of the response.

aiokafka checks only the errors of single partitions. Since version 2 of the response, a coordinator
that is still loading reports one error for the whole response. aiokafka ignores it, and takes the
group for one that has never committed.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.errors import KafkaError, NotCoordinatorForGroupError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.structs import OffsetAndMetadata

_RETRY_S: Final = 0.1


class Coordinator(Protocol):
    """A client of the group's coordinator, with the methods of aiokafka's `GroupCoordinator`."""

    group_id: str

    async def ensure_coordinator_known(self) -> None:
        """Find the coordinator, if it is not known."""
        ...

    async def _send_req(self, request: Any) -> Any: ...

    def coordinator_dead(self) -> None:
        """Find the coordinator again before the next request."""
        ...


class NonMemberCoordinator:
    """A `Coordinator` for a client that is no member of the group."""

    def __init__(self, group_id: str) -> None:
        self.group_id = group_id
        self._node: int | None = None

    def connect(self, client: AIOKafkaClient) -> None:
        """Use this client from now on."""
        self._client = client
        self._node = None

    async def ensure_coordinator_known(self) -> None:
        """Find the coordinator, if it is not known."""
        if self._node is None:
            self._node = await self._client.coordinator_lookup(
                CoordinationType.GROUP, self.group_id
            )

    async def _send_req(self, request: Any) -> Any:
        try:
            return await self._client.send(self._node, request, group=ConnectionGroup.COORDINATION)
        except KafkaError:
            self.coordinator_dead()
            raise

    def coordinator_dead(self) -> None:
        """Find the coordinator again before the next request."""
        self._node = None


async def fetch_offsets(
    coordinator: Coordinator, tps: Iterable[TopicPartition]
) -> Mapping[TopicPartition, OffsetAndMetadata]:
    """Read committed offsets. The result has no entry for a partition without one.

    Raises:
        KafkaError: the coordinator answered with an error that is not retriable.
    """
    requested: dict[str, list[int]] = {}
    for tp in tps:
        requested.setdefault(tp.topic, []).append(tp.partition)
    request = OffsetFetchRequest(coordinator.group_id, list(requested.items()))
    while True:
        await coordinator.ensure_coordinator_known()
        try:
            response = await coordinator._send_req(request)
            _raise_for(getattr(response, "error_code", 0), coordinator)
            return _read(response.topics, coordinator)
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(_RETRY_S)


def _read(
    topics: Iterable[tuple[str, Iterable[tuple[int, int, str, int]]]], coordinator: Coordinator
) -> Mapping[TopicPartition, OffsetAndMetadata]:
    found = {}
    for topic, partitions in topics:
        for partition, offset, metadata, code in partitions:
            _raise_for(code, coordinator)
            if offset >= 0:
                found[TopicPartition(topic, partition)] = OffsetAndMetadata(offset, metadata)
    return found


def _raise_for(code: int, coordinator: Coordinator) -> None:
    if code == 0:
        return
    error = for_code(code)()
    if isinstance(error, NotCoordinatorForGroupError):
        coordinator.coordinator_dead()
    raise error
