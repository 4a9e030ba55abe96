"""The rate of a key, by any clock."""

from hypothesis import given
from hypothesis import strategies as st

from services.platform.access.rate_limit import Bucket, Rate, take

RATE = Rate(per_second=2, burst=3)


def test_a_burst_then_a_steady_rate() -> None:
    bucket = Bucket.full(RATE, 10.0)
    for _ in range(3):
        bucket, wait = take(bucket, RATE, 10.0)
        assert wait == 0
    bucket, wait = take(bucket, RATE, 10.0)
    assert wait == 0.5
    bucket, wait = take(bucket, RATE, 10.25)
    assert wait == 0.25
    bucket, wait = take(bucket, RATE, 10.5)
    assert wait == 0


def test_a_long_pause_gives_no_more_than_a_burst() -> None:
    bucket, _ = take(Bucket.full(RATE, 0.0), RATE, 1e6)
    assert bucket.tokens == 2


@given(
    st.lists(st.floats(0, 10), max_size=60),
    st.floats(0.1, 100),
    st.floats(1, 20),
)
def test_never_more_than_burst_and_rate_allow(
    pauses: list[float], per_second: float, burst: float
) -> None:
    rate = Rate(per_second=per_second, burst=burst)
    bucket, now, taken = Bucket.full(rate, 0.0), 0.0, 0
    for pause in pauses:
        now += pause
        bucket, wait = take(bucket, rate, now)
        taken += not wait
        assert 0 <= bucket.tokens <= burst
        assert taken <= burst + now * per_second + 1e-6


@given(
    st.lists(st.tuples(st.floats(0, 10), st.integers(0, 50)), max_size=60),
    st.floats(0.1, 100),
    st.floats(1, 20),
)
def test_of_many_at_once_no_more_are_taken_than_rate_and_one_more_allow(
    asked: list[tuple[float, int]], per_second: float, burst: float
) -> None:
    """What is larger than the bucket is taken from a full one, and owed."""
    rate = Rate(per_second=per_second, burst=burst)
    bucket, now, taken = Bucket.full(rate, 0.0), 0.0, 0
    for pause, count in asked:
        now += pause
        bucket, wait = take(bucket, rate, now, count)
        taken += 0 if wait else count
        assert taken <= max(burst, 50) + now * per_second + 1e-6
        if wait:
            _, then = take(bucket, rate, now + wait + 1e-6, count)
            assert then == 0


@given(st.floats(0.1, 100), st.floats(0, 5))
def test_whoever_waits_that_long_is_let_in(per_second: float, pause: float) -> None:
    rate = Rate(per_second=per_second, burst=1)
    bucket, _ = take(Bucket.full(rate, 0.0), rate, 0.0)
    bucket, wait = take(bucket, rate, pause)
    if wait:
        _, wait = take(bucket, rate, pause + wait + 1e-6)
    assert wait == 0
