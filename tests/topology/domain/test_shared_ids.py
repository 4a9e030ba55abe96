"""Ids that gather strangers are noted: more orders within a day than one person makes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.topology.domain.histories import bounded
from tests.topology.domain.life import lived
from tests.topology.domain.messages import MICROSECOND, Json, day, order, visit
from tests.topology.domain.policies import changed
from topology.domain.history.instant import DAY, from_datetime
from topology.domain.history.shared_id import REPORTED_FOR, is_shared

THREE = changed(most_orders_per_day=3)
NEVER = changed(most_orders_per_day=None)


def within(span: timedelta, many: int = 4) -> list[Json]:
    """So many orders, from day 0 on: the last one so much later."""
    return [order(day(0) + span * n / (many - 1), f"o{n}") for n in range(many)]


@pytest.mark.parametrize("backwards", [False, True])
def test_one_order_more_than_one_person_makes_within_24_hours_is_noted(backwards: bool) -> None:  # noqa: FBT001
    """Half open: what is 24 hours older is of another day. In any order of arrival."""
    a_day = timedelta(days=1)
    for span, many, noted in [
        (a_day - MICROSECOND, 4, True),
        (a_day, 4, False),
        (timedelta(0), 4, True),
        (timedelta(0), 3, False),
    ]:
        messages = within(span, many)
        history = lived(messages[::-1] if backwards else messages, book=THREE).row.history
        last = from_datetime(day(0) + span)
        assert history.shared_at == (last if noted else None)


@bounded
@given(st.data(), st.lists(st.sampled_from([0.0, 0.2, 0.5, 1, 1.4, 2]), max_size=12))
def test_when_it_was_last_does_not_depend_on_the_order_of_arrival(
    data: st.DataObject, days: list[float]
) -> None:
    """The latest order before which there were as many as that within a day."""
    messages = [order(day(each), f"o{n}") for n, each in enumerate(days)]
    messages += [visit(day(0)), visit(day(5))]
    times = sorted(from_datetime(day(each)) for each in days)
    expected = [at for n, at in enumerate(times) if n > 2 and at - times[n - 3] < DAY]
    history = lived(data.draw(st.permutations(messages)), book=THREE).row.history

    assert history.shared_at == max(expected, default=None)


def test_by_default_it_is_more_than_50() -> None:
    """Looking around does not count, and a policy may report nobody."""
    messages = [
        each for n in range(51) for each in (order(day(n / 60), f"o{n}"), visit(day(n / 60)))
    ]

    assert lived(messages[:-2]).row.history.shared_at is None
    assert lived(messages).row.history.shared_at == from_datetime(day(50 / 60))
    assert lived(messages, book=NEVER).row.history.shared_at is None


def test_it_is_reported_for_30_days() -> None:
    """Then the shop has mended it."""
    assert is_shared(0, REPORTED_FOR - 1)
    assert not is_shared(0, REPORTED_FOR)
    assert not is_shared(None, 0)
