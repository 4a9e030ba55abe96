"""A partition is stalled only if it has work, and only while Kafka answers."""

from services.platform.kafka.worker_lag import PartitionLag, Progress, StallDetector


def test_a_partition_with_work_that_does_not_move_is_stalled() -> None:
    """Since its offset was first recorded; other partitions do not matter."""
    stalls, moves = StallDetector(), iter(range(100))
    for now in (100.0, 110.0, 130.0):
        found = stalls.record({1: Progress(7, 3), 0: Progress(next(moves), 5)}, now)
        assert found is not None
        assert not any(each.is_stalled for each in found)
    found = stalls.record({1: Progress(7, 9), 0: Progress(next(moves), 5)}, 130.5)

    assert found == (PartitionLag(0, 5, 130.5, 0.0), PartitionLag(1, 9, 100.0, 30.5))
    assert [each.is_stalled for each in found] == [False, True]


def test_a_partition_without_work_is_never_stalled() -> None:
    """Its time begins with its work."""
    stalls = StallDetector()
    stalls.record({0: Progress(7, 0)}, 0.0)
    assert stalls.record({0: Progress(7, 0)}, 900.0) == (PartitionLag(0, 0, None, 0.0),)
    assert stalls.record({0: Progress(7, 1)}, 1_000.0) == (PartitionLag(0, 1, 900.0, 100.0),)


def test_without_an_answer_of_kafka_no_partition_is_stalled() -> None:
    """The workers could not have moved either."""
    stalls = StallDetector()
    stalls.record({0: Progress(7, 1)}, 0.0)
    assert stalls.record(None, 50.0) is None
    assert stalls.record({0: Progress(7, 1)}, 60.0) == (PartitionLag(0, 1, 60.0, 0.0),)
