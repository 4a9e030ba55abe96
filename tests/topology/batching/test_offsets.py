"""An error of the coordinator does not count as a group without committed offsets."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError

from topology.batching.offsets import fetch_offsets

SHOP, SOCIAL = TopicPartition("shop", 0), TopicPartition("social", 0)
ANSWER = [("shop", [(0, 7, "note", 0)]), ("social", [(0, -1, "", 0)])]


class Coordinator:
    """A fake that gives these answers in order: (error code, topics)."""

    group_id = "group"

    def __init__(self, *answers: tuple[int, list[Any]]) -> None:
        self._answers = list(answers)
        self.died = 0

    async def ensure_coordinator_known(self) -> None:
        """Do nothing: it is known."""

    def coordinator_dead(self) -> None:
        self.died += 1

    async def _send_req(self, _request: object) -> SimpleNamespace:
        code, topics = self._answers.pop(0)
        return SimpleNamespace(error_code=code, topics=topics)


@pytest.mark.parametrize("code", [14, 16])
async def test_a_coordinator_that_is_not_ready_is_asked_again(code: int) -> None:
    """It is loading (14), or no longer the coordinator (16): one error for the whole response."""
    coordinator: Any = Coordinator((code, []), (0, ANSWER))

    found = await fetch_offsets(coordinator, [SHOP, SOCIAL])

    assert found.keys() == {SHOP}
    assert (found[SHOP].offset, found[SHOP].metadata) == (7, "note")
    assert coordinator.died == (code == 16)


async def test_after_the_error_of_one_partition_the_request_is_repeated() -> None:
    """Older brokers report errors like this."""
    coordinator: Any = Coordinator((0, [("shop", [(0, -1, "", 14)])]), (0, ANSWER))

    assert (await fetch_offsets(coordinator, [SHOP])).keys() == {SHOP}


async def test_an_error_that_is_not_retriable_is_raised() -> None:
    """A worker that may not read the group's offsets does not start at the beginning."""
    coordinator: Any = Coordinator((30, []))

    with pytest.raises(GroupAuthorizationFailedError):
        await fetch_offsets(coordinator, [SHOP])
