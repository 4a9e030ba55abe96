"""The order in which records arrived, and which of them senders have sent."""

from schemas import topics
from services.trials.arrivals import in_order_of_arrival, is_from_sender
from topology.agents.join_records import Claim, Erase, Place, encode_join
from topology.batching.record import Record


def record(
    ms: int,
    topic: str = topics.SHOP_EVENTS,
    partition: int = 0,
    *,
    offset: int = 0,
    value: bytes = b"{}",
    headers: tuple[tuple[str, bytes], ...] = (),
) -> Record:
    return Record(topic, partition, offset, ms, 1, b"c", value, headers)


def stamps(*partitions: list[Record]) -> list[tuple[int, int]]:
    return [(each.partition, each.timestamp) for each in in_order_of_arrival(partitions)]


def test_records_of_several_partitions_come_in_the_order_of_time() -> None:
    one, other = [record(1), record(4)], [record(2, partition=1), record(3, partition=1)]
    assert stamps(one, other) == [(0, 1), (1, 2), (1, 3), (0, 4)]


def test_a_partition_keeps_its_order_when_its_times_jump_back() -> None:
    one = [record(5, offset=0), record(1, offset=1)]
    assert stamps(one, [record(3, partition=1)]) == [(1, 3), (0, 5), (0, 1)]


def test_at_one_instant_the_tick_comes_last() -> None:
    tick, event = record(1, topics.CLOCK), record(1, topics.SUPPORT_EVENTS)
    assert list(in_order_of_arrival([[tick], [event]])) == [event, tick]


def test_a_copy_that_a_worker_has_handed_on_does_not_count() -> None:
    assert is_from_sender(record(1))
    assert not is_from_sender(record(1, headers=(("hops", b"1"),)))


def test_of_the_joins_only_requests_of_erasure_count() -> None:
    request = Erase("app", "era-1", 0, b"salt")
    claim = Claim(
        "app", "a", "b", explicit=True, at=0, message_id="m", names=1, source=Place("t", 0, 0)
    )
    notice = Erase("app", "era-1", 0, b"salt", told_by_row=True)
    kinds = [
        is_from_sender(record(1, topics.JOINS, value=encode_join(each)))
        for each in (request, claim, notice)
    ]
    assert kinds == [True, False, False]
    passed_on = record(1, topics.JOINS, value=encode_join(request), headers=(("hops", b"1"),))
    assert not is_from_sender(passed_on)
