"""Offsets: what the group has committed, or an error, but never an error taken for nothing.

aiokafka looks at the errors of single partitions only. Since version 2 of the answer a coordinator
that is still loading says so once for all, and names no partition: aiokafka takes that for a group
that has never committed.
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
    """A group's coordinator, as aiokafka asks it for a member of the group."""

    group_id: str

    async def ensure_coordinator_known(self) -> None:
        """Find it, if it is not known."""
        ...

    async def _send_req(self, request: Any) -> Any: ...

    def coordinator_dead(self) -> None:
        """Look for it again before the next request."""
        ...


class NonMemberCoordinator:
    """A `Coordinator` for whoever only asks, and is no member of the group."""

    def __init__(self, group_id: str) -> None:
        self.group_id = group_id
        self._node: int | None = None

    def connect(self, client: AIOKafkaClient) -> None:
        """Ask by this client from now on."""
        self._client = client
        self._node = None

    async def ensure_coordinator_known(self) -> None:
        """Find it, if it is not known."""
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
        """Look for it again before the next request."""
        self._node = None


async def fetch_offsets(
    coordinator: Coordinator, tps: Iterable[TopicPartition]
) -> Mapping[TopicPartition, OffsetAndMetadata]:
    """Ask for the committed offsets; a tp for which there is none is left out.

    Raises:
        KafkaError: the coordinator can't say, and asking again would not help.
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
