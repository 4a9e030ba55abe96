"""Whoever joins a group joins it when it can be coordinated, and not while Kafka prepares that."""

from typing import cast

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    GroupCoordinatorNotAvailableError,
    KafkaConnectionError,
    KafkaError,
)

from services.platform.kafka.topics.ensure import coordinators_ready


class Admin:
    """Answers with these errors first, and then as it should."""

    def __init__(self, *errors: type[KafkaError]) -> None:
        self.errors = list(errors)
        self.asked: list[str] = []

    async def find_coordinator(self, group: str) -> int:
        self.asked.append(group)
        if self.errors:
            raise self.errors.pop(0)
        return 1


async def asked_of(admin: Admin) -> list[str]:
    await coordinators_ready(cast("AIOKafkaAdminClient", admin), ["a", "b"])
    return admin.asked


async def test_each_group_is_asked_for_until_it_has_one() -> None:
    not_yet = GroupCoordinatorNotAvailableError
    assert await asked_of(Admin(not_yet, not_yet)) == ["a", "a", "a", "b"]


async def test_who_may_not_know_does_not_wait() -> None:
    assert await asked_of(Admin(GroupAuthorizationFailedError)) == ["a", "b"]


async def test_a_kafka_that_goes_is_reported() -> None:
    with pytest.raises(KafkaConnectionError):
        await asked_of(Admin(KafkaConnectionError))
