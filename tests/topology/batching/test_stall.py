"""When a partition is stalled, and when it only takes long."""

from collections.abc import Iterable

from topology.batching.stall import ATTEMPTS, Observation, Stall, Stalls

EVERY = 5.0
TIMEOUT = 20.0


def watched(observations: Iterable[Observation], number: int = 7) -> list[Stall | None]:
    """Return the results of observations of one partition, five seconds apart."""
    stalls = Stalls(TIMEOUT)
    return [stalls.observe({number: observation}, EVERY) for observation in observations]


def ready(committed: int, lag: int) -> Observation:
    return Observation(is_ready=True, committed=committed, lag=lag)


def restoring(restored: int, attempt: int = 1) -> Observation:
    return Observation(is_ready=False, attempt=attempt, restored=restored)


def test_a_partition_with_work_and_without_progress_is_stalled_after_the_timeout() -> None:
    """Not before, and not later."""
    found = watched([ready(10, 5)] * 6)
    assert found == [None, None, None, None, Stall(7, 20.0), Stall(7, 25.0)]


def test_a_partition_with_slow_progress_is_not_stalled() -> None:
    """Even if its lag grows."""
    assert not any(watched(ready(10 + n // 3, 1_000 * n + 1) for n in range(60)))


def test_a_partition_without_work_is_not_stalled() -> None:
    """The time begins with the first record that it has not processed."""
    assert watched([*[ready(10, 0)] * 50, *[ready(10, 1)] * 4]) == [None] * 53 + [Stall(7, 20.0)]


def test_a_long_restore_with_progress_is_not_stalled() -> None:
    """Also a second restore, after the partition was on another worker."""
    assert not any(watched(restoring(n) for n in range(50)))
    assert not any(
        watched([*(restoring(n) for n in range(50)), *(restoring(n, 2) for n in range(50))])
    )


def test_a_restore_without_progress_is_stalled() -> None:
    """At any offset."""
    assert watched([restoring(0), *[restoring(900)] * 5])[-1] == Stall(7, 20.0)


def test_a_partition_that_is_not_opened_again_is_stalled() -> None:
    """The worker has released it, and the group has not assigned it again."""
    assert watched([ready(10, 0), *[Observation(is_ready=False)] * 4])[-1] == Stall(7, 20.0)


def test_a_partition_that_is_restored_again_and_again_is_stalled() -> None:
    """Each restore makes progress, but each first commit fails."""
    observations = [
        one
        for attempt in range(1, 40)
        for one in (restoring(50, attempt), restoring(100, attempt), ready(10, 5))
    ]
    found = watched(observations)
    assert any(found), "it would be restored for ever"
    assert not any(found[: 3 * ATTEMPTS]), "a few attempts are allowed"


def test_a_commit_resets_the_number_of_attempts() -> None:
    """A partition that fails again and again, but commits in between, is not stalled."""
    observations = [
        one
        for attempt in range(1, 40)
        for one in (restoring(50, attempt), restoring(100, attempt), ready(10 + attempt, 5))
    ]
    assert not any(watched(observations))


def test_a_partition_that_was_on_another_worker_starts_again() -> None:
    """Its earlier time without progress does not count."""
    stalls = Stalls(TIMEOUT)
    for _ in range(4):
        assert stalls.observe({7: ready(10, 5)}, EVERY) is None
    assert stalls.observe({}, EVERY) is None
    for _ in range(4):
        assert stalls.observe({7: ready(10, 5)}, EVERY) is None


def test_the_stalled_partition_is_found_among_others() -> None:
    """The progress of the others does not hide it."""
    stalls = Stalls(TIMEOUT)
    found = [
        stalls.observe({1: ready(n, 5), 2: ready(10, 5), 3: restoring(n)}, EVERY) for n in range(5)
    ]
    assert found == [None, None, None, None, Stall(2, 20.0)]
