"""The clock of a replay ticks where it should, and nowhere else."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.tools.replay.chronology import BEGINNING, Placed
from services.tools.replay.schedule import Tick, next_midnight, with_ticks
from tests.services.tools.replay.lines import INSTANTS, in_order, line

DAY = timedelta(days=1)
MIDNIGHTS = st.integers(0, 58).map(lambda day: datetime(1997, 1, 1, tzinfo=UTC) + day * DAY)
TIMES = st.lists(INSTANTS | MIDNIGHTS, max_size=30)


def ticks_of(steps: list[Placed | Tick]) -> list[datetime]:
    return [step.now for step in steps if isinstance(step, Tick)]


@given(TIMES)
def test_a_tick_comes_after_all_messages_up_to_it_and_before_all_later_ones(
    times: list[datetime],
) -> None:
    steps = list(with_ticks(in_order(times), None))
    for place, step in enumerate(steps):
        if isinstance(step, Tick):
            before = [each.at for each in steps[:place] if isinstance(each, Placed)]
            after = [each.at for each in steps[place:] if isinstance(each, Placed)]
            assert all(at <= step.now for at in before)
            assert all(at > step.now for at in after)


@given(TIMES)
def test_ticks_only_go_forward(times: list[datetime]) -> None:
    ticks = ticks_of(list(with_ticks(in_order(times), None)))
    assert ticks == sorted(set(ticks))


@given(TIMES.filter(bool))
def test_every_midnight_between_the_first_and_the_last_message_is_ticked(
    times: list[datetime],
) -> None:
    ticks = set(ticks_of(list(with_ticks(in_order(times), None))))
    midnight = next_midnight(min(times) - timedelta(microseconds=1))
    while midnight <= max(times):
        assert midnight in ticks
        midnight += DAY


@given(TIMES, st.none() | st.just(datetime(1997, 4, 1, 7, 30, tzinfo=UTC)))
def test_messages_come_out_as_they_went_in(times: list[datetime], until: datetime | None) -> None:
    messages = in_order(times)
    assert [s for s in with_ticks(messages, until) if isinstance(s, Placed)] == messages


@given(TIMES.filter(bool))
def test_it_ends_with_the_midnight_after_the_last_message(times: list[datetime]) -> None:
    *_, last = with_ticks(in_order(times), None)
    assert last == Tick(next_midnight(max(times)))


@given(TIMES)
def test_it_ends_with_the_instant_that_was_asked_for(times: list[datetime]) -> None:
    until = datetime(1997, 4, 1, 7, 30, tzinfo=UTC)
    *_, last = with_ticks(in_order(times), until)
    assert last == Tick(until)


def test_nothing_with_a_time_means_no_tick() -> None:
    untimed = [Placed(line(1, None), BEGINNING)]
    assert list(with_ticks(untimed, None)) == untimed


def test_the_midnights_after_the_last_message_are_ticked_until_the_end() -> None:
    messages = in_order([datetime(1998, 6, 28, 12, tzinfo=UTC)])
    steps = list(with_ticks(messages, datetime(1998, 7, 1, tzinfo=UTC)))
    assert ticks_of(steps) == [datetime(1998, 6, 29, tzinfo=UTC) + n * DAY for n in range(3)]
