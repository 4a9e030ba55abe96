"""Rows that a benchmark writes are those of the domain, and fall due when they shall."""

import msgspec

from benchmarks.loads.rows import Spec, _state, customer_id, rows
from schemas.policy import load_default_policy
from topology.domain.advance import advance
from topology.domain.history.instant import DAY
from topology.domain.policy.compile import compile_policy
from topology.domain.rows.row import decode_row, encode_row
from topology.domain.steps.wake import wake_at

BOOK = compile_policy(load_default_policy())
DUE = 1_800_000_000_000_000
SECOND = 1_000_000


def spec(customers: int, spread: int = 0) -> Spec:
    return Spec(
        "bench", 0, customers, customers, DUE, spread, 90 * DAY, (30, 60, 90), DUE - 60 * SECOND
    )


def test_all_customers_fall_due_at_the_same_instant() -> None:
    states = [decode_row(value) for _, value in rows(spec(20))]
    assert {wake_at(state, BOOK) for state in states} == {DUE}


def test_or_spread_evenly_over_a_time() -> None:
    states = [decode_row(value) for _, value in rows(spec(20, 60 * SECOND))]
    assert [wake_at(state, BOOK) for state in states] == [
        DUE + number * 3 * SECOND for number in range(20)
    ]


def test_customers_who_share_a_life_have_the_rows_that_it_would_have_given_each() -> None:
    many = msgspec.structs.replace(spec(15_000), first=299, last=304)
    shared = dict(rows(many))
    assert list(shared) == [customer_id(number) for number in range(299, 304)]
    for number, lived in ((299, 297), (300, 300), (301, 300), (302, 300), (303, 303)):
        key = customer_id(number)
        assert shared[key] == encode_row(_state(many, lived, key.decode(), BOOK))


def test_falling_due_is_a_drop_into_churn_risk_with_a_trigger() -> None:
    for _, value in rows(spec(20)):
        step = advance(decode_row(value), None, DUE, BOOK)
        assert [transition.to_value for transition in step.transitions] == ["at_risk"]
        assert [trigger.rule for trigger in step.triggers] == ["win_back"]
