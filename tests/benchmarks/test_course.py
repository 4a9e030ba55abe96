"""The course of a run."""

from benchmarks.reporting.course import course


def test_customers_add_up_and_new_events_show_their_slowest() -> None:
    found = course([100.1, 100.2, 100.7], [(99.9, 20.0), (100.3, 900.0), (100.4, 30.0)], 100, 101)
    assert found.seconds == [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5]
    assert found.seen == [0, 0, 0, 0, 0, 2, 3, 3]
    assert found.new_events_max_ms == [0, 0, 0, 0, 20, 900, 0, 0]
