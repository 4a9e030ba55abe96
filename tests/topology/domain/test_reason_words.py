"""Numbers and nouns agree in every sentence that the policy has the domain write."""

import re
from dataclasses import replace as with_fields
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.counted import counted
from schemas.policy.duration import write_duration
from tests.topology.domain.histories import bounded
from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import day, delivered, order
from topology.domain.history.instant import DAY, HOUR
from topology.domain.history.record import replace
from topology.domain.history.state import State
from topology.domain.occasions.occasion import Occasion
from topology.domain.rules.case import BookCase
from topology.domain.rules.conditions import _ago
from topology.domain.steps.reason import write_reason
from topology.domain.steps.situation import Situation

NOUNS = ("order", "day", "attempt", "hour", "minute", "month", "star")
WRONG = re.compile(rf"\b(?:1 (?:{'|'.join(NOUNS)})s|(?!1\b)[\d,]+ (?:{'|'.join(NOUNS)}))\b")
"""One of many, or many of one."""

numbers = st.integers(0, 3) | st.integers(0, 20_000)


def row_with(orders: int, days: int, attempts: int, gap: int) -> State:
    """A row that has these figures, whatever it really was."""
    row = lived([order(day(0), "o"), delivered(day(1))]).row
    last = row.as_of - days * DAY
    scores = replace(
        row.scores,
        orders_total=orders,
        orders_in_window=orders,
        last_order_at=last,
        oldest_in_window_at=last - gap * DAY * max(orders - 1, 1),
    )
    return replace(row, scores=scores, history=replace(row.history, attempts=(last,) * attempts))


def reason_of(case: BookCase, row: State) -> str:
    occasion = Occasion(case, "event:m", "Order Completed", None, None, 4.0, "loyal")
    return write_reason(occasion, Situation(row, row.as_of, None, None), BOOK)


@bounded
@given(st.sampled_from(BOOK.cases), numbers, numbers, st.integers(0, 12), numbers)
def test_numbers_and_nouns_agree_in_every_reason(
    case: BookCase, orders: int, days: int, attempts: int, gap: int
) -> None:
    reason = reason_of(case, row_with(orders, days, attempts, gap))

    assert WRONG.findall(reason) == [], reason


@pytest.mark.parametrize("number", [0, 1, 2])
def test_each_reason_for_nothing_for_one_and_for_two(number: int) -> None:
    row = row_with(number, number, number, number)
    reasons = [reason_of(case, row) for case in BOOK.cases]

    assert [reason for reason in reasons if WRONG.search(reason)] == []
    assert sum(counted(number, "order") in reason for reason in reasons) >= 5
    assert sum(counted(number, "day") in reason for reason in reasons) >= 5
    assert sum(counted(number, "attempt") in reason for reason in reasons) == 1


def test_what_is_not_known_has_its_noun_in_the_plural() -> None:
    row = row_with(1, 5, 0, 0)
    [push, *_] = [each for each in BOOK.cases if each.rule.name == "occasional_push"]
    [win_back, *_] = [each for each in BOOK.cases if each.rule.name == "win_back"]
    nobody = replace(row, scores=replace(row.scores, last_order_at=None))

    assert reason_of(push, row).startswith("Usually orders every some days")
    assert reason_of(win_back, nobody).endswith("but none for any number of days.")


def test_a_policy_may_count_in_another_language() -> None:
    case = BOOK.cases_of["win_back"][0]
    case_of = case.case.model_copy(
        update={"reason": "{orders_in_window:Bestellung|Bestellungen} ({orders_in_window})"}
    )
    german = with_fields(case, case=case_of, mentions=("orders_in_window",))

    assert [reason_of(german, row_with(n, 0, 0, 0)) for n in (1, 1234)] == [
        "1 Bestellung (1)",
        "1,234 Bestellungen (1234)",
    ]


@given(st.integers(0, 100_000).filter(bool))
def test_numbers_and_nouns_agree_in_durations(minutes: int) -> None:
    duration = timedelta(minutes=minutes)

    assert WRONG.findall(write_duration(duration)) == []
    assert WRONG.findall(write_duration(timedelta(hours=minutes))) == []
    assert WRONG.findall(_ago(minutes * HOUR)) == []
