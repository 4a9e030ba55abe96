"""Membership: lets a static member leave the consumer group at once.

A static member keeps its name over restarts (`consumer_group_instance_id`). aiokafka never lets it
leave, because it may come back. So after an orderly stop the other members would wait for the end
of its session. Here the worker leaves after an orderly stop, and keeps its membership if it dies.
"""

import asyncio
from typing import Any, ClassVar, Final

import structlog
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int16, Int32, Schema, String

_log = structlog.get_logger(__name__)

_LEAVE_GROUP: Final = 13
_WITH_NAMES: Final = 3
"""The first version of the request with static members (Kafka 2.4)."""
_TIMEOUT_S: Final = 1.0
"""How long a stop waits for a join in progress, and then for the broker's answer."""


class _LeaveGroupResponse(Response):
    API_KEY = _LEAVE_GROUP
    API_VERSION = _WITH_NAMES
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        (
            "members",
            Array(
                ("member_id", String("utf-8")),
                ("group_instance_id", String("utf-8")),
                ("error_code", Int16),
            ),
        ),
    )


class _LeaveGroupStruct(RequestStruct):
    API_KEY = _LEAVE_GROUP
    API_VERSION = _WITH_NAMES
    RESPONSE_TYPE = _LeaveGroupResponse
    SCHEMA = Schema(
        ("group", String("utf-8")),
        (
            "members",
            Array(("member_id", String("utf-8")), ("group_instance_id", String("utf-8"))),
        ),
    )


class _LeaveGroup(Request[_LeaveGroupStruct]):
    API_KEY: ClassVar[int] = _LEAVE_GROUP

    def __init__(self, group: str, member_id: str, name: str | None) -> None:
        self._fields = (group, [(member_id, name)])

    def build(self, request_struct_class: type[_LeaveGroupStruct]) -> Any:
        return request_struct_class(*self._fields)


async def leave_group(coordinator: GroupCoordinator) -> None:
    """Leave the group for good. Call it once none of its partitions is in use.

    If the broker does not answer, the session times out later.
    """
    await _stop_coordinating(coordinator)
    if not coordinator.member_id or coordinator.coordinator_id is None:
        return
    name = coordinator._group_instance_id
    request = _LeaveGroup(coordinator.group_id, coordinator.member_id, name)
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            await coordinator._send_req(request)
    except (KafkaError, TimeoutError) as error:
        _log.warning("could not leave the consumer group", reason=repr(error))


async def _stop_coordinating(coordinator: GroupCoordinator) -> None:
    """Stop like aiokafka's `close`, but do not wait for the other members of a join in progress."""
    if coordinator._closing.done():
        return
    coordinator._closing.set_result(None)
    joining = coordinator._coordination_task
    await asyncio.wait([joining], timeout=_TIMEOUT_S)
    joining.cancel()
    await asyncio.gather(joining, return_exceptions=True)
    await coordinator._stop_heartbeat_task()
    await coordinator._stop_commit_offsets_refresh_task()
