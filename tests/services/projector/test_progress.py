"""How far the read model is behind Kafka, by positions and ends."""

from aiokafka import TopicPartition

from services.projector.progress import Progress

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


def test_nothing_is_reached_before_the_ends_are_known() -> None:
    assert Progress().report({A: 5}, now=1.0).behind_s is None


def test_an_end_is_reached_when_every_partition_has_come_there() -> None:
    progress = Progress()
    progress.saw_ends({A: 10, B: 5}, at=100.0)
    behind = progress.report({A: 10, B: 4}, now=101.0)
    assert (behind.lag, behind.behind_s) == (1, None)
    there = progress.report({A: 10, B: 5}, now=102.0)
    assert (there.lag, there.behind_s) == (0, 2.0)


def test_under_load_it_is_as_far_behind_as_the_latest_end_it_reached() -> None:
    progress = Progress()
    progress.saw_ends({A: 10}, at=100.0)
    progress.report({A: 10}, now=100.0)
    progress.saw_ends({A: 1000}, at=101.0)
    progress.saw_ends({A: 2000}, at=102.0)
    busy = progress.report({A: 900}, now=103.0)
    assert (busy.lag, busy.behind_s) == (1100, 3.0)
    progress.report({A: 1500}, now=103.5)
    progress.saw_ends({A: 3000}, at=104.0)
    assert progress.report({A: 1600}, now=104.0).behind_s == 3.0
