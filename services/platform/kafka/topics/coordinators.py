"""Waits until Kafka can coordinate a consumer group.

A new Kafka makes the topic that its groups are kept in when somebody first asks for one, and
answers until then that there is no coordinator. aiokafka asks again, but logs an error each time.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError, NodeNotReadyError

TIMEOUT_S: Final = 30.0
BETWEEN_LOOKS_S: Final = 0.05


async def coordinators_ready(admin: AIOKafkaAdminClient, groups: Iterable[str]) -> None:
    """Return once each group has a coordinator.

    Whatever else is the matter with a group is told to those who join it: then it returns, too.

    Raises:
        KafkaConnectionError, NodeNotReadyError: Kafka has gone.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(TIMEOUT_S):
            for group in groups:
                while await _has_none_yet(admin, group):
                    await asyncio.sleep(BETWEEN_LOOKS_S)


async def _has_none_yet(admin: AIOKafkaAdminClient, group: str) -> bool:
    try:
        await admin.find_coordinator(group)
    except (KafkaConnectionError, NodeNotReadyError):
        raise
    except KafkaError as error:
        return bool(error.retriable)
    return False
