"""The known customers of `mix`: their two years, their rows, and the files of these."""

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.loads.mix import known_customers as making
from benchmarks.loads.mix.history import LIVE_BEGINS, YEARS, history, life_of, untouched_orders
from benchmarks.loads.mix.known_customers import known_customers, lived_rows
from benchmarks.loads.mix.message import customer_id
from benchmarks.loads.mix.row_files import read_rows, row_files, rows_digest
from schemas.messages.catalogue import ORDER_COMPLETED, ORDER_REFUNDED
from schemas.policy import load_default_policy
from topology.agents.journey import Journey
from topology.domain.policy.compile import compile_policy
from topology.domain.rows.row import decode_row
from topology.domain.steps.wake import due_at

CUSTOMERS = 400
BOOK = compile_policy(load_default_policy(), sends_everything=True)


def test_a_history_lies_within_the_two_years_in_order_and_is_the_same_each_time() -> None:
    for number in range(0, CUSTOMERS, 10):
        past = history(number, CUSTOMERS)
        assert all(one.at <= two.at for one, two in pairwise(past))
        assert past[0].at >= LIVE_BEGINS - YEARS
        assert past[-1].at < LIVE_BEGINS
        assert history(number, CUSTOMERS) == past


def test_the_busy_of_the_live_stream_were_busy_before() -> None:
    lengths = [len(history(number, CUSTOMERS)) for number in range(CUSTOMERS)]
    assert sum(lengths[:40]) > sum(lengths[200:])
    assert 6 < sum(lengths) / CUSTOMERS < 14


def test_a_refund_of_the_history_refers_to_an_order_before_it() -> None:
    refunds = 0
    for number in range(CUSTOMERS):
        ordered = set[str]()
        for _, act in ((each.at, each.act) for each in history(number, CUSTOMERS)):
            if act.name == ORDER_COMPLETED.name and act.order is not None:
                ordered.add(act.order.order_id)
            elif act.name == ORDER_REFUNDED.name and act.order is not None:
                refunds += 1
                ordered.remove(act.order.order_id)
        assert ordered == {each.order_id for each in untouched_orders(number, CUSTOMERS)}
    assert refunds


def test_the_rows_are_those_of_the_domain_and_stand_where_the_live_stream_begins() -> None:
    stages = Counter[str]()
    for number, (key, value) in enumerate(known_customers(range(100), CUSTOMERS)):
        state = decode_row(value)
        assert key == customer_id(number).encode()
        assert state.as_of == LIVE_BEGINS
        due = due_at(state, BOOK)
        assert due is None or due > LIVE_BEGINS
        stages[state.stage] += 1
    assert stages["vip"] > 10
    assert len(stages) > 3


def test_a_row_does_not_depend_on_the_rows_that_are_made_with_it() -> None:
    together = dict(known_customers(range(60), CUSTOMERS))
    for number in random.Random(1).sample(range(60), 5):
        assert dict(known_customers(range(number, number + 1), CUSTOMERS)).items() <= (
            together.items()
        )


def test_customers_who_share_a_life_have_the_rows_that_their_own_messages_give() -> None:
    journey = Journey(BOOK, partitions=1, machine_now=lambda: LIVE_BEGINS)
    numbers = [*range(9_990, 10_006), *range(10_090, 10_800, 7)]
    shared = dict(known_customers(numbers, 20_000))
    assert len({life_of(number) for number in numbers}) == 9
    assert len({life_of(number) for number in range(1_000)}) == 1_000
    assert shared == lived_rows(journey, numbers, 20_000)


def test_the_files_hold_all_rows_and_are_taken_by_the_next_run(tmp_path: Path) -> None:
    made = row_files(tmp_path, 40)
    rows = {row.key: row.value for row in read_rows(made)}
    assert rows == dict(known_customers(range(40), 40))
    before = [file.stat().st_mtime_ns for file in made]
    assert row_files(tmp_path, 40) == made
    assert [file.stat().st_mtime_ns for file in made] == before
    made[0].unlink()
    row_files(tmp_path, 40)
    assert {row.key: row.value for row in read_rows(made)} == rows


def test_another_history_or_form_of_rows_has_files_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, digest = row_files(tmp_path, 10), rows_digest(10)
    assert rows_digest(10) == digest
    monkeypatch.setattr(making, "LIVE_BEGINS", LIVE_BEGINS + 1)
    assert rows_digest(10) != digest
    assert before[0].parent.name != f"mix-10-{rows_digest(10)}"
    assert before[0].parent.name == f"mix-10-{digest}"
