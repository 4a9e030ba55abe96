"""Which partitions hold up the clock, for how long, and when the worker warns of them."""

from topology.batching.clock_hold_ups import ClockHoldUps


class Observed:
    """`ClockHoldUps` that reports after 30 seconds, with a clock that the test sets."""

    def __init__(self) -> None:
        self.now = 100.0
        self.held = ClockHoldUps(lambda: self.now, timeout_s=30.0)

    def after(self, seconds: float, *behind: int) -> dict[int, float]:
        """Return the partitions to report after this time, while the clock waits for `behind`."""
        self.now += seconds
        self.held.observe(behind)
        return dict(self.held.to_report())


def test_the_time_counts_from_the_first_observation_of_a_partition() -> None:
    """It starts again after an observation without that partition."""
    observed = Observed()
    observed.after(0, 1)
    observed.after(5, 1, 2)
    observed.after(5, 1, 2)
    assert observed.held.seconds() == {1: 10.0, 2: 5.0}
    observed.after(1, 2)
    assert observed.held.seconds() == {2: 6.0}
    observed.after(1, 1, 2)
    assert observed.held.seconds() == {1: 0.0, 2: 7.0}
    observed.now += 3
    assert observed.held.seconds() == {1: 3.0, 2: 10.0}, "also between two observations"
    observed.after(1)
    assert observed.held.seconds() == {}


def test_it_is_reported_after_a_while_and_then_every_minute() -> None:
    """Only for partitions that have held up the clock for long."""
    observed = Observed()
    assert observed.after(0, 1) == {}
    assert observed.after(29, 1, 2) == {}
    assert observed.after(1, 1, 2) == {1: 30.0}
    assert observed.after(59, 1, 2) == {}
    assert observed.after(1, 1, 2) == {1: 90.0, 2: 61.0}
    assert observed.after(30, 1, 2) == {}


def test_what_comes_again_is_reported_again() -> None:
    """The minute between two reports ends with it."""
    observed = Observed()
    observed.after(0, 1)
    assert observed.after(30, 1) == {1: 30.0}
    observed.after(1)
    observed.after(1, 1)
    assert observed.after(30, 1) == {1: 30.0}
