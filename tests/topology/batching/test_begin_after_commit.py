"""The next transaction begins soon after the broker has written the markers of the last one."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import ConcurrentTransactions, CoordinatorLoadInProgressError, KafkaError
from aiokafka.producer.sender import BACKOFF_OVERRIDE
from aiokafka.producer.transaction_manager import TransactionManager

from topology.batching.aiokafka_workarounds import begin_soon_after_commit

TP = TopicPartition("rows", 0)
BACKOFF_S = 0.1


class Coordinator:
    """A client that answers every request with an error first."""

    def __init__(self, error: type[KafkaError]) -> None:
        self.errors = [error.errno, 0]

    async def send(self, *_: Any, **__: Any) -> SimpleNamespace:
        return SimpleNamespace(errors=[(TP.topic, [(TP.partition, self.errors.pop(0))])])


async def pauses_before_begin(
    error: type[KafkaError], monkeypatch: pytest.MonkeyPatch
) -> list[float]:
    """Begin a transaction, and return how long the producer waited before its second try."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def coordinator(*_: Any) -> int:
        return 1

    monkeypatch.setattr("aiokafka.producer.sender.asyncio.sleep", sleep)
    manager = TransactionManager("app-0", 1_000)
    manager.set_pid_and_epoch(1, 0)
    manager.begin_transaction()
    manager.maybe_add_partition_to_txn(TP)
    sender = SimpleNamespace(
        client=Coordinator(error),
        _txn_manager=manager,
        _retry_backoff=BACKOFF_S,
        _find_coordinator=coordinator,
        _coordinator_dead=lambda *_: None,
    )
    begin_soon_after_commit(SimpleNamespace(_sender=sender, _txn_manager=manager))

    assert not await sender._do_add_partitions_to_txn({TP})
    assert manager.partitions_to_add() == {TP}
    assert await sender._do_add_partitions_to_txn({TP})
    assert not manager.partitions_to_add()
    return pauses


async def test_a_transaction_before_its_predecessors_markers_is_tried_again_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The pause of aiokafka is longer than a transaction takes."""
    [pause] = await pauses_before_begin(ConcurrentTransactions, monkeypatch)

    assert 0 < pause < BACKOFF_OVERRIDE / 2


async def test_after_other_errors_the_usual_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that starts should not be asked so often."""
    assert await pauses_before_begin(CoordinatorLoadInProgressError, monkeypatch) == [BACKOFF_S]
