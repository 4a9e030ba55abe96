"""The memory for message ids against a list of everything that ever came."""

from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from tests.topology.domain.histories import bounded
from tests.topology.domain.life import Life
from tests.topology.domain.messages import day, event_from, visit
from topology.domain.history.instant import DAY, HOUR, Instant
from topology.domain.history.seen import merge_seen, remember

ENTRY = 12
AT_LEAST = 256
AT_MOST = 8192

bursts = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 30, 100, 255, 256, 257]),
        st.sampled_from([0, 1, HOUR, DAY, 29 * DAY, 30 * DAY - 1, 30 * DAY, 31 * DAY]),
    ),
    min_size=1,
    max_size=5,
)


def memorised(sizes_and_gaps: list[tuple[int, int]]) -> tuple[bytes, list[Instant]]:
    """Remember the ids 0, 1, 2, … in bursts, and return when each came."""
    seen, at, came = b"", 500_000 * HOUR + 59, list[Instant]()
    for size, gap in sizes_and_gaps:
        at += gap
        for _ in range(size):
            grown = remember(seen, f"m-{len(came)}", at)
            assert grown is not None
            seen = grown
            came.append(at)
    return seen, came


@bounded
@given(bursts, st.sampled_from([0, HOUR, 29 * DAY, 30 * DAY, 31 * DAY]))
def test_an_id_is_known_for_30_days_and_among_the_last_256(
    sizes_and_gaps: list[tuple[int, int]], quiet: int
) -> None:
    """Both are promised; hardly more is kept, or a row would grow for ever."""
    seen, came = memorised(sizes_and_gaps)
    now = came[-1] + quiet
    for number, at in enumerate(came):
        known = remember(seen, f"m-{number}", now) is None
        if number >= len(came) - AT_LEAST or at >= now - 30 * DAY:
            assert known
        elif at < came[-1] - 30 * DAY - HOUR:
            assert not known
    assert remember(seen, "another", now) is not None


@bounded
@given(bursts)
def test_the_memory_holds_no_more_than_it_must(sizes_and_gaps: list[tuple[int, int]]) -> None:
    """12 bytes an id: the last 256, or all of the last 30 days (and an hour)."""
    seen, came = memorised(sizes_and_gaps)
    young = sum(at >= came[-1] - 30 * DAY - HOUR for at in came)

    assert len(seen) % ENTRY == 0
    assert len(seen) // ENTRY <= max(AT_LEAST, young)
    assert len(seen) // ENTRY >= min(AT_LEAST, len(came))


def test_a_customer_with_very_many_messages_is_known_by_the_latest_of_them() -> None:
    """So that a row stays within bounds; also if two of them become one."""
    now, hour = 500_000 * HOUR, (500_000).to_bytes(4, "big")
    one, other = (
        b"".join(
            blake2b(b"%c%d" % (side, n), digest_size=8).digest() + hour for n in range(AT_MOST)
        )
        for side in b"ab"
    )
    full = remember(one, "new", now)
    merged = merge_seen(one, other)

    assert full is not None
    assert len(full) == AT_MOST * ENTRY
    assert full.startswith(one[ENTRY : 2 * ENTRY])
    assert remember(full, "new", now) is None
    assert len(merged) == (AT_MOST - 1) * ENTRY


def test_an_id_is_found_only_where_an_entry_begins() -> None:
    """The bytes of two neighbours may happen to look like a third id."""
    first = remember(b"", "first", 0)
    assert first is not None
    wanted = first[:8]
    shifted = b"\0" * 6 + wanted + b"\0" * 10

    assert remember(shifted, "first", 0) == shifted + first
    assert remember(shifted + first, "first", 0) is None


def test_a_time_before_1970_can_be_remembered() -> None:
    """Some shop will send one."""
    seen = remember(b"", "old", -60 * 365 * DAY)

    assert seen is not None
    assert remember(seen, "old", 0) is None


def test_a_busy_customer_s_retry_is_known_after_300_others() -> None:
    """More than 256 within 30 days: all of them are remembered."""
    life = Life()
    for minute in range(301):
        life.process(event_from(visit(day(minute / 1440))))

    assert life.process(event_from(visit(day(0)))).duplicate
    assert life.row.history.events == 301


def test_an_id_that_was_forgotten_counts_anew() -> None:
    """After 30 days and 256 others nobody can tell it from a new one."""
    life = Life()
    for minute in range(257):
        life.process(event_from(visit(day(minute / 1440))))
    life.process(event_from(visit(day(32))))

    assert not life.process(event_from(visit(day(0)))).duplicate
    assert life.process(event_from(visit(day(32)))).duplicate
