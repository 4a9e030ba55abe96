"""When a partition is stuck, and when it only takes long. Time is a number here."""

from collections.abc import Iterable

from topology.batching.stall import ATTEMPTS, Observation, Stall, Stalls

EVERY = 5.0
TIMEOUT = 20.0


def watched(observations: Iterable[Observation], number: int = 7) -> list[Stall | None]:
    """What each look at one partition finds, five seconds apart."""
    stalls = Stalls(TIMEOUT)
    return [stalls.observe({number: observation}, EVERY) for observation in observations]


def ready(committed: int, lag: int) -> Observation:
    return Observation(is_ready=True, committed=committed, lag=lag)


def restoring(restored: int, attempt: int = 1) -> Observation:
    return Observation(is_ready=False, attempt=attempt, restored=restored)


def test_a_partition_with_work_that_stands_still_is_stuck_after_the_timeout() -> None:
    """Neither before nor only some time after it."""
    found = watched([ready(10, 5)] * 6)
    assert found == [None, None, None, None, Stall(7, 20.0), Stall(7, 25.0)]


def test_a_partition_that_moves_ever_so_slowly_is_not_stuck() -> None:
    """However far the end runs away from it."""
    assert not any(watched(ready(10 + n // 3, 1_000 * n + 1) for n in range(60)))


def test_a_partition_without_work_is_not_stuck() -> None:
    """It may stand where it is for ever, and its time begins with the first record."""
    assert watched([*[ready(10, 0)] * 50, *[ready(10, 1)] * 4]) == [None] * 53 + [Stall(7, 20.0)]


def test_a_long_restore_that_gets_on_is_not_stuck() -> None:
    """From its first record to its last, and again after the partition was elsewhere."""
    assert not any(watched(restoring(n) for n in range(50)))
    assert not any(
        watched([*(restoring(n) for n in range(50)), *(restoring(n, 2) for n in range(50))])
    )


def test_a_restore_that_stands_still_is_stuck() -> None:
    """Nor does it matter where."""
    assert watched([restoring(0), *[restoring(900)] * 5])[-1] == Stall(7, 20.0)


def test_a_partition_that_nobody_opens_again_is_stuck() -> None:
    """After it was let go of, the group should have assigned it anew."""
    assert watched([ready(10, 0), *[Observation(is_ready=False)] * 4])[-1] == Stall(7, 20.0)


def test_a_partition_that_is_restored_over_and_over_is_stuck() -> None:
    """Each restore gets on, each first commit fails: this would go on for ever."""
    observations = [
        one
        for attempt in range(1, 40)
        for one in (restoring(50, attempt), restoring(100, attempt), ready(10, 5))
    ]
    found = watched(observations)
    assert any(found), "it would be restored for ever"
    assert not any(found[: 3 * ATTEMPTS]), "a few attempts are granted"


def test_a_commit_wipes_out_the_attempts_before_it() -> None:
    """A partition that is lost again and again, but commits in between, goes on."""
    observations = [
        one
        for attempt in range(1, 40)
        for one in (restoring(50, attempt), restoring(100, attempt), ready(10 + attempt, 5))
    ]
    assert not any(watched(observations))


def test_a_partition_that_was_elsewhere_meanwhile_begins_anew() -> None:
    """What was remembered of it goes with it."""
    stalls = Stalls(TIMEOUT)
    for _ in range(4):
        assert stalls.observe({7: ready(10, 5)}, EVERY) is None
    assert stalls.observe({}, EVERY) is None
    for _ in range(4):
        assert stalls.observe({7: ready(10, 5)}, EVERY) is None


def test_the_one_that_is_stuck_is_found_among_those_that_are_not() -> None:
    """Its neighbours' progress is no excuse."""
    stalls = Stalls(TIMEOUT)
    found = [
        stalls.observe({1: ready(n, 5), 2: ready(10, 5), 3: restoring(n)}, EVERY) for n in range(5)
    ]
    assert found == [None, None, None, None, Stall(2, 20.0)]
