"""Who holds up the clock, since when, and when that is told. Time is a number here."""

from topology.batching.clock_hold_ups import ClockHoldUps


class Looking:
    """A `ClockHoldUps` whose patience is 30 seconds."""

    def __init__(self) -> None:
        self.now = 100.0
        self.held = ClockHoldUps(lambda: self.now, timeout_s=30.0)

    def after(self, seconds: float, *behind: int) -> dict[int, float]:
        """What is to be told after this time, while these partitions are waited for."""
        self.now += seconds
        self.held.observe(behind)
        return dict(self.held.to_report())


def test_it_counts_from_when_a_partition_was_first_waited_for() -> None:
    """Until it is waited for no more; then anew."""
    looking = Looking()
    looking.after(0, 1)
    looking.after(5, 1, 2)
    looking.after(5, 1, 2)
    assert looking.held.seconds() == {1: 10.0, 2: 5.0}
    looking.after(1, 2)
    assert looking.held.seconds() == {2: 6.0}
    looking.after(1, 1, 2)
    assert looking.held.seconds() == {1: 0.0, 2: 7.0}
    looking.now += 3
    assert looking.held.seconds() == {1: 3.0, 2: 10.0}, "also between two looks"
    looking.after(1)
    assert looking.held.seconds() == {}


def test_it_is_reported_after_a_while_and_then_every_minute() -> None:
    """Only of those that hold the clock up for long."""
    looking = Looking()
    assert looking.after(0, 1) == {}
    assert looking.after(29, 1, 2) == {}
    assert looking.after(1, 1, 2) == {1: 30.0}
    assert looking.after(59, 1, 2) == {}
    assert looking.after(1, 1, 2) == {1: 90.0, 2: 61.0}
    assert looking.after(30, 1, 2) == {}


def test_what_comes_again_is_reported_again() -> None:
    """Its minute is over with it."""
    looking = Looking()
    looking.after(0, 1)
    assert looking.after(30, 1) == {1: 30.0}
    looking.after(1)
    looking.after(1, 1)
    assert looking.after(30, 1) == {1: 30.0}
