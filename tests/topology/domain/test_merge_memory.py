"""Merging what two rows remember of their rules: what fired, what is held."""

from hypothesis import given
from hypothesis import strategies as st

from tests.topology.domain.histories import bounded
from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import day, order
from topology.domain.history.instant import Instant, from_datetime
from topology.domain.history.memory import Fired, Held, Hold, Memory, is_waiting, pack_memory
from topology.domain.history.record import replace
from topology.domain.steps.merge import Keyed, as_row_of, merge_memory, merge_rows

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


def row_with_held(name: str, since: Instant, fired: Instant | None = None) -> Keyed:
    """A row that holds a promotion, which transition 3 set off."""
    hold = Hold("win_back", 0, "transition:3", since, since, "segment at_risk")
    known = () if fired is None else (Fired("win_back", fired, 1),)
    row = lived([order(day(0), "o", 10.0)]).row
    memory = replace(row.memory, fired=known, holds=(hold,))
    return Keyed(name, replace(row, customer_id=name, remembered=pack_memory(memory)))


def test_a_held_promotion_keeps_the_name_that_it_had() -> None:
    """The numbers of two histories are the same; what they set off must not have one id."""
    early, late = (row_with_held(name, at) for name, at in (("a", 1), ("u", 2)))
    none = replace(early.state, remembered=pack_memory(Memory()))

    merged = merge_rows(Keyed("u", none), early, BOOK)
    assert [each.by for each in merged.memory.holds] == ["a"]
    assert [each.by for each in as_row_of("u", early).memory.holds] == ["a"]
    assert [each.by for each in merge_rows(early, late, BOOK).memory.holds] == ["u"]
    again = merge_rows(Keyed("v", replace(none, customer_id="v")), Keyed("u", merged), BOOK)
    assert [each.by for each in again.memory.holds] == ["a"]


def test_a_hold_is_over_if_the_rule_fired_for_the_other_row() -> None:
    """At the same instant it was the same; later it would have replaced it."""
    held = row_with_held("a", 5)
    for fired, left in ((4, 1), (5, 0), (6, 0)):
        other = row_with_held("u", 0, fired)
        assert len(merge_rows(held, other, BOOK).memory.holds) == left
        assert len(merge_rows(other, held, BOOK).memory.holds) == left


def test_bytes_show_whether_a_promotion_is_held() -> None:
    """Without a look at the other parts."""
    hold = Hold("a", 0, "event:m", since=1, at=1, what="m")
    fired = (Fired("b", 2, 1), Fired("a", 3, 1))
    assert not is_waiting(pack_memory(Memory()))
    assert not is_waiting(pack_memory(Memory(fired, 1, (Held("a", 3, "cap"),), (), (3,))))
    assert is_waiting(pack_memory(Memory(holds=(hold,))))
    assert is_waiting(pack_memory(Memory(fired, holds=(hold,), promoted=(2, 3))))
