"""Merging the histories of two rows: the result is that of one profile with the events of both."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dimensions import Dimension
from tests.topology.domain.histories import bounded, histories
from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import Json, day, identified, order, refund
from tests.topology.domain.policies import ABROAD
from topology.domain.advance import join
from topology.domain.history.day_sums import read_days
from topology.domain.history.instant import Instant, from_datetime
from topology.domain.history.ledger import Order
from topology.domain.history.memory import Memory
from topology.domain.history.orders import KEPT
from topology.domain.history.person import Person, merge_persons
from topology.domain.history.record import Record, fields_of, replace
from topology.domain.history.seen import KEPT_AT_LEAST, merge_seen, remember
from topology.domain.history.state import MERGED, History, Past, State
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.merge import Keyed, merge_history, merge_memory, merge_rows

ROOT = Path(__file__).parents[3]

ELSEWHERE = {
    History: {"cases", "resolutions", *MERGED},  # `with_cases` merges the first two.
    State: {
        *("version", "policy_version", "wake_at", "as_of", "currency", "clock", "scores"),
        *("stage_since", "paused", *Dimension),
    },
}
"""Fields that no merge names: they follow from the others, or are the same in all rows."""


def _source_of(function: Callable[..., object]) -> ast.AST:
    """That of a function which may be compiled."""
    path = ROOT.joinpath(*function.__module__.split(".")).with_suffix(".py")
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    functions = (each for each in nodes if isinstance(each, ast.FunctionDef))
    return next(each for each in functions if each.name == function.__name__)


@pytest.mark.parametrize(
    ("merge", "struct"),
    [
        (merge_history, History),
        (merge_persons, Person),
        (merge_memory, Memory),
        (merge_rows, State),
    ],
)
def test_every_field_is_merged(merge: Callable[..., Record], struct: type[Record]) -> None:
    """One that is forgotten would keep what one of the two rows had."""
    nodes = ast.walk(_source_of(merge))
    calls = [each for each in nodes if isinstance(each, ast.Call)]
    named = {keyword.arg for call in calls for keyword in call.keywords}

    assert named | ELSEWHERE.get(struct, set()) >= set(fields_of(struct))


def history_of(messages: list[Json]) -> History:
    return lived(messages).row.history


def split(draw: st.DataObject, messages: list[Json], pieces: int) -> list[list[Json]]:
    """The messages, dealt out; none gets nothing."""
    dealt: list[list[Json]] = [[] for _ in range(pieces)]
    for message in messages:
        dealt[draw.draw(st.integers(0, pieces - 1))].append(message)
    return [each for each in dealt if each]


@bounded
@given(st.data(), histories(max_size=10))
def test_merged_histories_are_those_of_one_profile(
    data: st.DataObject, messages: list[Json]
) -> None:
    """Whoever had which event, and whichever row is merged into which."""
    pieces = [history_of(each) for each in split(data, messages, 3)]
    merged = pieces[0]
    for each in pieces[1:]:
        merged = merge_history(merged, each, BOOK)
    whole = history_of(messages)

    # What is long over is forgotten at an event, not at a merge.
    assert set(whole.cases) <= set(merged.cases)
    assert set(whole.resolutions) <= set(merged.resolutions)
    assert _without_cases(merged) == _without_cases(whole)


def _without_cases(history: History) -> History:
    return replace(history, cases=(), resolutions=())


@bounded
@given(st.data(), histories(max_size=10))
def test_it_does_not_matter_which_history_comes_first(
    data: st.DataObject, messages: list[Json]
) -> None:
    """Commutative and associative."""
    pieces = [history_of(each) for each in split(data, messages, 3)]
    assert_order_does_not_matter((pieces * 3)[:3], BOOK)


@bounded
@given(st.data(), histories(max_size=10, abroad=True))
def test_merged_histories_in_three_currencies_are_those_of_one_profile(
    data: st.DataObject, messages: list[Json]
) -> None:
    """Whoever had which order and which refund, and whichever row is merged into which."""
    pieces = [lived(each, book=ABROAD).row.history for each in split(data, messages, 3)]
    merged = pieces[0]
    for each in pieces[1:]:
        merged = merge_history(merged, each, ABROAD)

    assert _without_cases(merged) == _without_cases(lived(messages, book=ABROAD).row.history)
    assert_order_does_not_matter((pieces * 3)[:3], ABROAD)


def assert_order_does_not_matter(pieces: list[History], book: Rulebook) -> None:
    one, other, third = pieces
    assert merge_history(one, other, book) == merge_history(other, one, book)
    assert merge_history(merge_history(one, other, book), third, book) == merge_history(
        one, merge_history(other, third, book), book
    )


def test_an_order_under_two_names_counts_once_and_is_refunded_by_both() -> None:
    """The earlier message counts; parts add up."""
    one = history_of([order(day(1), "o", 20.0), refund(day(2), "o", 5.0)])
    other = history_of([order(day(0), "o", 10.0), refund(day(3), "o", 3.0)])

    assert merge_history(one, other, BOOK).orders == (Order(from_datetime(day(0)), "o", 1000, 800),)


def test_a_refund_meets_the_order_that_came_under_another_name() -> None:
    """It waited for it."""
    one = history_of([refund(day(2), "o"), refund(day(2), "p", 1.0)])
    other = history_of([order(day(0), "o", 10.0)])
    merged = merge_history(one, other, BOOK)

    assert [(each.id, each.whole) for each in merged.orders] == [("o", True)]
    assert [each.order_id for each in merged.refunds] == ["p"]


def test_what_was_folded_long_ago_is_added_up() -> None:
    """Sums of orders that can't be distinguished any more."""
    one = History(0, 0, past=Past(2, 300, 5, 9))
    other = History(0, 0, past=Past(1, 50, 3, 4))

    assert merge_history(one, other, BOOK).past == Past(3, 350, 3, 9)
    assert merge_history(one, History(0, 0), BOOK).past == one.past


def test_too_many_orders_are_folded_at_once() -> None:
    """So that a row stays within bounds, however many are joined: in the window or out of it."""
    old = [order(day(n % 200), f"{side}-{n}") for side in "ab" for n in range(200)]
    one, other = history_of(old[:200]), history_of(old[200:])
    merged = merge_history(one, other, BOOK)

    assert len(merged.orders) == KEPT
    assert merged.past is not None
    assert merged.past.orders == 400 - KEPT
    assert [each.orders for each in read_days(merged.past.days)] == [2] * 72


def _seen(ids: range, at: Instant) -> bytes:
    seen = b""
    for each in ids:
        seen = remember(seen, f"m-{each}", at) or seen
    return seen


def test_message_ids_of_both_are_remembered() -> None:
    """Each once, and of those that are old only the latest."""
    old, new = from_datetime(day(0)), from_datetime(day(100))
    one, other = _seen(range(200), old), _seen(range(100, 300), new)
    merged = merge_seen(one, other)

    assert merged == merge_seen(other, one)
    assert len(merged) // 12 in {KEPT_AT_LEAST, KEPT_AT_LEAST - 1}
    assert all(remember(merged, f"m-{n}", new) is None for n in range(100, 300))
    assert merge_seen(b"", b"") == b""
    assert merge_seen(one, b"") == merge_seen(one, one)


def test_a_join_drops_nothing_that_the_product_or_its_policy_reads() -> None:
    """Though the two rows together know more than there is room for."""
    consents = [identified(day(n), consent={f"p{n:02}": True}) for n in range(1, 15)]
    one = lived([identified(day(0), birthday="1980-02-29", consent=True), *consents])
    later = [identified(day(50 + n), **{f"t{n}": n}) for n in range(50)]
    denied = [identified(day(100 + n), consent={f"q{n:02}": "DENIED"}) for n in range(15)]
    other = lived([*later, *denied])
    at = from_datetime(day(200))
    row = join(Keyed("u", one.row), Keyed("a", other.row), at, BOOK, at).state
    assert row is not None
    person = row.history.person

    assert (person.trait("birthday"), len(person.traits)) == ("1980-02-29", 51)
    assert (person.purposes[0].purpose, len(person.purposes)) == ("all", 21)
    assert row.stage == "lead"
