"""Merging two rows: the history of one profile that had the events of both."""

import ast
import inspect
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from schemas.dimensions import Dimension
from tests.topology.domain.histories import bounded, histories
from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import Json, day, identified, order, refund
from tests.topology.domain.policies import ABROAD
from topology.domain.advance import join
from topology.domain.history.day_sums import read_days
from topology.domain.history.instant import Instant, from_datetime
from topology.domain.history.ledger import Order
from topology.domain.history.memory import Fired, Held, Hold, Memory, pack_memory
from topology.domain.history.names import Called, Contested, Names, merge_names, without_contested
from topology.domain.history.orders import KEPT
from topology.domain.history.person import Person, merge_persons
from topology.domain.history.seen import KEPT_AT_LEAST, merge_seen, remember
from topology.domain.history.state import MERGED, History, Past, State
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.merge import Keyed, as_row_of, merge_history, merge_memory, merge_rows

instants = st.integers(0, 4).map(lambda number: from_datetime(day(number)))
memories = st.builds(
    Memory,
    st.lists(
        st.builds(Fired, st.sampled_from("abc"), instants, st.integers(1, 3)),
        max_size=3,
        unique_by=lambda each: each.rule,
    ).map(lambda found: tuple(sorted(found, key=lambda each: (each.at, each.rule)))),
    st.integers(0, 20),
    st.lists(st.builds(Held, st.sampled_from("abc"), instants, st.just("why")), max_size=10).map(
        lambda found: tuple(sorted(found, key=lambda each: (each.at, each.rule)))
    ),
    st.lists(
        st.builds(
            Hold,
            st.sampled_from("abc"),
            st.just(0),
            st.sampled_from(["transition:1", "transition:2"]),
            instants,
            instants,
            st.just("stage"),
            by=st.sampled_from("uv"),
        ),
        max_size=3,
        unique_by=lambda each: each.rule,
    ).map(lambda found: tuple(sorted(found, key=lambda each: each.rule))),
)
names = st.builds(
    Names,
    st.just(value=True),
    st.sets(st.sampled_from("defgh")).map(lambda found: tuple(sorted(found))),
    st.none() | st.builds(Called, instants, st.sampled_from("mn"), st.sampled_from("abc")),
    st.lists(
        st.builds(Contested, st.sampled_from("xyz"), st.just("w"), instants),
        max_size=3,
        unique_by=lambda each: each.name,
    ).map(lambda found: tuple(sorted(found, key=lambda each: (each.at, each.name)))),
)


ELSEWHERE = {
    History: {"cases", "resolutions", *MERGED},  # `with_cases` merges the first two.
    State: {
        *("version", "policy_version", "wake_at", "as_of", "currency", "clock", "scores"),
        *("stage_since", "paused", *Dimension),
    },
}
"""Fields that no merge names: they follow from the others, or are the same in all rows."""


@pytest.mark.parametrize(
    ("merge", "struct"),
    [
        (merge_history, History),
        (merge_persons, Person),
        (merge_memory, Memory),
        (merge_rows, State),
    ],
)
def test_every_field_is_merged(merge: Callable[..., Struct], struct: type[Struct]) -> None:
    """One that is forgotten would keep what one of the two rows had."""
    nodes = ast.walk(ast.parse(inspect.getsource(merge)))
    calls = [each for each in nodes if isinstance(each, ast.Call)]
    named = {keyword.arg for call in calls for keyword in call.keywords}

    assert named | ELSEWHERE.get(struct, set()) >= set(struct.__struct_fields__)


def facts_of(told: list[Json]) -> History:
    return lived(told).row.history


def split(draw: st.DataObject, told: list[Json], parts: int) -> list[list[Json]]:
    """The messages, dealt out; none gets nothing."""
    dealt: list[list[Json]] = [[] for _ in range(parts)]
    for message in told:
        dealt[draw.draw(st.integers(0, parts - 1))].append(message)
    return [each for each in dealt if each]


@bounded
@given(st.data(), histories(max_size=10))
def test_merged_facts_are_those_of_one_profile(data: st.DataObject, told: list[Json]) -> None:
    """Whoever had which event, and whichever row is merged into which."""
    parts = [facts_of(each) for each in split(data, told, 3)]
    merged = parts[0]
    for each in parts[1:]:
        merged = merge_history(merged, each, BOOK)
    whole = facts_of(told)

    # What is long over is forgotten at an event, not at a merge.
    assert set(whole.cases) <= set(merged.cases)
    assert set(whole.resolutions) <= set(merged.resolutions)
    assert _without_cases(merged) == _without_cases(whole)


def _without_cases(history: History) -> History:
    return replace(history, cases=(), resolutions=())


@bounded
@given(st.data(), histories(max_size=10))
def test_it_does_not_matter_which_facts_come_first(data: st.DataObject, told: list[Json]) -> None:
    """Commutative and associative."""
    parts = [facts_of(each) for each in split(data, told, 3)]
    assert_order_does_not_matter((parts * 3)[:3], BOOK)


@bounded
@given(st.data(), histories(max_size=10, abroad=True))
def test_merged_facts_in_three_currencies_are_those_of_one_profile(
    data: st.DataObject, told: list[Json]
) -> None:
    """Whoever had which order and which refund, and whichever row is merged into which."""
    parts = [lived(each, book=ABROAD).row.history for each in split(data, told, 3)]
    merged = parts[0]
    for each in parts[1:]:
        merged = merge_history(merged, each, ABROAD)

    assert _without_cases(merged) == _without_cases(lived(told, book=ABROAD).row.history)
    assert_order_does_not_matter((parts * 3)[:3], ABROAD)


def assert_order_does_not_matter(parts: list[History], book: Rulebook) -> None:
    one, other, third = parts
    assert merge_history(one, other, book) == merge_history(other, one, book)
    assert merge_history(merge_history(one, other, book), third, book) == merge_history(
        one, merge_history(other, third, book), book
    )


@bounded
@given(memories, memories, memories)
def test_it_does_not_matter_which_memory_comes_first(
    one: Memory, other: Memory, third: Memory
) -> None:
    """Commutative and associative."""
    assert merge_memory(one, other) == merge_memory(other, one)
    assert merge_memory(merge_memory(one, other), third) == merge_memory(
        one, merge_memory(other, third)
    )


def row_that_waits(name: str, since: Instant, fired: Instant | None = None) -> Keyed:
    """A row where something waits that a transition of this number set off."""
    waiting = Hold("win_back", 0, "transition:3", since, since, "segment at_risk")
    known = () if fired is None else (Fired("win_back", fired, 1),)
    row = lived([order(day(0), "o", 10.0)]).row
    memory = replace(row.memory, fired=known, holds=(waiting,))
    return Keyed(name, replace(row, customer_id=name, remembered=pack_memory(memory)))


def test_what_waits_keeps_the_name_that_it_had() -> None:
    """The numbers of two histories are the same; what they set off must not have one id."""
    early, late = (row_that_waits(name, at) for name, at in (("a", 1), ("u", 2)))
    none = replace(early.state, remembered=pack_memory(Memory()))

    merged = merge_rows(Keyed("u", none), early, BOOK)
    assert [each.by for each in merged.memory.holds] == ["a"]
    assert [each.by for each in as_row_of("u", early).memory.holds] == ["a"]
    assert [each.by for each in merge_rows(early, late, BOOK).memory.holds] == ["u"]
    again = merge_rows(Keyed("v", replace(none, customer_id="v")), Keyed("u", merged), BOOK)
    assert [each.by for each in again.memory.holds] == ["a"]


def test_what_waits_is_over_if_the_rule_fired_for_the_other_row() -> None:
    """At the same instant it was the same; later it would have driven it out."""
    waits = row_that_waits("a", 5)
    for fired, left in ((4, 1), (5, 0), (6, 0)):
        other = row_that_waits("u", 0, fired)
        assert len(merge_rows(waits, other, BOOK).memory.holds) == left
        assert len(merge_rows(other, waits, BOOK).memory.holds) == left


@bounded
@given(names, names, names)
def test_it_does_not_matter_which_names_come_first(one: Names, other: Names, third: Names) -> None:
    """All are merged into the row `a`, and merging once more changes nothing."""
    first = merge_names("a", merge_names("a", one, "b", other), "c", third)
    second = merge_names("a", merge_names("a", one, "c", third), "b", other)

    assert first == second
    assert merge_names("a", first, "b", other) == first
    assert not {each.name for each in first.contested} & set(first.others)


def test_a_name_that_was_refused_after_its_owner_became_the_same_person_stays() -> None:
    """The refusal was under way when the two were joined."""
    person = merge_names("a", Names(user=True, others=("x",)), "b", Names(user=True))

    assert without_contested("a", person, Contested("x", "b", 1)) == person
    assert without_contested("a", person, Contested("x", "w", 1)).others == ("b",)


def test_an_order_under_two_names_counts_once_and_is_refunded_by_both() -> None:
    """The earlier message counts; parts add up."""
    one = facts_of([order(day(1), "o", 20.0), refund(day(2), "o", 5.0)])
    other = facts_of([order(day(0), "o", 10.0), refund(day(3), "o", 3.0)])

    assert merge_history(one, other, BOOK).orders == (Order(from_datetime(day(0)), "o", 1000, 800),)


def test_a_refund_meets_the_order_that_came_under_another_name() -> None:
    """It waited for it."""
    one = facts_of([refund(day(2), "o"), refund(day(2), "p", 1.0)])
    other = facts_of([order(day(0), "o", 10.0)])
    merged = merge_history(one, other, BOOK)

    assert [(each.id, each.whole) for each in merged.orders] == [("o", True)]
    assert [each.order_id for each in merged.refunds] == ["p"]


def test_what_was_folded_long_ago_is_added_up() -> None:
    """Sums of orders that can't be told apart any more."""
    one = History(0, 0, past=Past(2, 300, 5, 9))
    other = History(0, 0, past=Past(1, 50, 3, 4))

    assert merge_history(one, other, BOOK).past == Past(3, 350, 3, 9)
    assert merge_history(one, History(0, 0), BOOK).past == one.past


def test_too_many_orders_are_folded_at_once() -> None:
    """So that a row stays within bounds, however many are joined: in the window or out of it."""
    old = [order(day(n % 200), f"{side}-{n}") for side in "ab" for n in range(200)]
    one, other = facts_of(old[:200]), facts_of(old[200:])
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
