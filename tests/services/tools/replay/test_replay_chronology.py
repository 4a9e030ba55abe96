"""Lines come into time order, and keep their order within an instant."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.tools.replay.chronology import BEGINNING, Span, in_time_order, placed, span_of
from services.tools.replay.line import SourceLine
from tests.services.tools.replay.lines import INSTANTS, line

FEW_INSTANTS = st.sampled_from([datetime(1997, 1, day, 12, tzinfo=UTC) for day in (1, 2, 3)])
LINES = st.lists(st.none() | INSTANTS | FEW_INSTANTS).map(
    lambda times: [line(number, at) for number, at in enumerate(times, start=1)]
)


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
    for each in placed(lines):
        assert each.at == (each.line.at or before)
        before = each.at


@given(LINES)
def test_a_span_says_whether_sorting_would_change_anything(lines: list[SourceLine]) -> None:
    assert span_of(lines).in_order == (in_time_order(lines) == list(placed(lines)))


@given(LINES)
def test_a_span_counts_lines_and_knows_the_last_time(lines: list[SourceLine]) -> None:
    times = [each.at for each in lines if each.at]
    span = span_of(lines)
    assert span == Span(len(lines), span.in_order, max(times, default=None))
