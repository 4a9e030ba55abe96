"""Lines come into time order, the clock ticks between them, and no line comes too early."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.tools.replay.schedule import (
    BEGINNING,
    Pace,
    RecordingSummary,
    Tick,
    TimedLine,
    in_time_order,
    next_midnight,
    summarize,
    timed,
    with_ticks,
)
from services.tools.replay.source_lines import SourceLine
from tests.services.tools.replay.lines import INSTANTS, in_order, line

FEW_INSTANTS = st.sampled_from([datetime(1997, 1, day, 12, tzinfo=UTC) for day in (1, 2, 3)])
LINES = st.lists(st.none() | INSTANTS | FEW_INSTANTS).map(
    lambda times: [line(number, at) for number, at in enumerate(times, start=1)]
)
DAY = timedelta(days=1)
MIDNIGHTS = st.integers(0, 58).map(lambda day: datetime(1997, 1, 1, tzinfo=UTC) + day * DAY)
TIMES = st.lists(INSTANTS | MIDNIGHTS, max_size=30)


@given(LINES)
def test_sorting_is_by_time_and_stable(lines: list[SourceLine]) -> None:
    keys = [(each.at, each.line.number) for each in in_time_order(lines)]
    assert keys == sorted(keys)
    assert len(keys) == len(lines)


@given(LINES)
def test_a_line_without_a_time_belongs_to_the_instant_of_the_line_before(
    lines: list[SourceLine],
) -> None:
    before = BEGINNING
    for each in timed(lines):
        assert each.at == (each.line.at or before)
        before = each.at


@given(LINES)
def test_a_span_says_whether_sorting_would_change_anything(lines: list[SourceLine]) -> None:
    assert summarize(lines).in_order == (in_time_order(lines) == list(timed(lines)))


@given(LINES)
def test_a_span_counts_lines_and_knows_the_last_time(lines: list[SourceLine]) -> None:
    times = [each.at for each in lines if each.at]
    summary = summarize(lines)
    assert summary == RecordingSummary(len(lines), summary.in_order, max(times, default=None))


def ticks_of(steps: list[TimedLine | Tick]) -> list[datetime]:
    return [step.now for step in steps if isinstance(step, Tick)]


@given(TIMES)
def test_a_tick_comes_after_all_messages_up_to_it_and_before_all_later_ones(
    times: list[datetime],
) -> None:
    steps = list(with_ticks(in_order(times), None))
    for place, step in enumerate(steps):
        if isinstance(step, Tick):
            before = [each.at for each in steps[:place] if isinstance(each, TimedLine)]
            after = [each.at for each in steps[place:] if isinstance(each, TimedLine)]
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
    assert [s for s in with_ticks(messages, until) if isinstance(s, TimedLine)] == messages


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
    untimed = [TimedLine(line(1, None), BEGINNING)]
    assert list(with_ticks(untimed, None)) == untimed


def test_the_midnights_after_the_last_message_are_ticked_until_the_end() -> None:
    messages = in_order([datetime(1998, 6, 28, 12, tzinfo=UTC)])
    steps = list(with_ticks(messages, datetime(1998, 7, 1, tzinfo=UTC)))
    assert ticks_of(steps) == [datetime(1998, 6, 29, tzinfo=UTC) + n * DAY for n in range(3)]


@dataclass
class Time:
    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def test_ten_a_second_leaves_a_tenth_between_messages() -> None:
    time = Time()
    pace = Pace(10, time.clock, time.sleep)
    for sent in range(21):
        await pace.wait_for_turn(sent)
    assert abs(time.now - 102.0) < 1e-9


async def test_what_is_late_does_not_wait() -> None:
    time = Time()
    pace = Pace(10, time.clock, time.sleep)
    time.now += 5
    await pace.wait_for_turn(49)
    assert time.slept == []


async def test_no_speed_means_no_waiting() -> None:
    time = Time()
    await Pace(None, time.clock, time.sleep).wait_for_turn(10**9)
    assert time.slept == []
