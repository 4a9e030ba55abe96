"""Merging the names of two rows: the person has all of them, and each is contested once."""

from hypothesis import given
from hypothesis import strategies as st

from tests.topology.domain.histories import bounded
from tests.topology.domain.messages import day
from topology.domain.history.instant import from_datetime
from topology.domain.history.names import Called, Contested, Names, merge_names, without_contested

instants = st.integers(0, 4).map(lambda number: from_datetime(day(number)))
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
