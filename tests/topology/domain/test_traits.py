"""What people say of themselves: the latest word on each trait counts."""

from collections.abc import Iterable
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.example_counts import examples
from tests.oracle import DEFAULT, Policy, ReceivedMessage
from tests.oracle.stories import stories, untils
from tests.topology.domain.against_oracle import assert_same_as_oracle
from tests.topology.domain.histories import bounded
from tests.topology.domain.life import lived
from tests.topology.domain.messages import Json, day, did, event_from, identified, order
from tests.topology.domain.policies import changed, rule, with_rules
from tests.topology.forms import not_compiled
from topology.domain.history import person
from topology.domain.history.person import Trait, merge_traits
from topology.domain.policy.rulebook import Rulebook


def known(*messages: Json) -> dict[str, object]:
    """The traits after all of it."""
    return {each.name: each.value for each in lived(messages).row.history.person.traits}


def test_the_latest_word_counts_trait_by_trait() -> None:
    """Whichever arrives first."""
    old, new = identified(day(0), city="Bonn", size=41), identified(day(1), city="Berlin")

    assert known(old, new) == known(new, old) == {"city": "Berlin", "size": 41}


def test_at_one_time_the_larger_json_text_counts() -> None:
    """So that the order of arrival does not matter."""
    one, other = identified(day(0), size=41), identified(day(0), size="41")
    one["messageId"] = "another"

    assert known(one, other) == known(other, one) == {"size": 41}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("", True),
        ("x" * 256, True),
        ("x" * 257, False),
        (0, True),
        (-1.5, True),
        (True, True),
        (False, True),
        (None, False),
        ([], False),
        ({"a": 1}, False),
        (2**63 - 1, True),
        (2**63, False),
    ],
)
def test_text_numbers_and_booleans_are_kept_and_nothing_else(value: object, *, kept: bool) -> None:
    """What goes beyond the limits is left out, as if it had not been said."""
    assert known(identified(day(0), it=value)) == ({"it": value} if kept else {})


def test_what_is_left_out_takes_nothing_back() -> None:
    """A null is no word."""
    assert known(identified(day(0), it=1), identified(day(1), it=None)) == {"it": 1}


def test_a_name_has_64_characters_at_most() -> None:
    """A longer one is left out."""
    assert known(identified(day(0), **{"n" * 64: 1, "m" * 65: 1})) == {"n" * 64: 1}


def test_fifty_traits_are_kept_beside_those_that_somebody_reads() -> None:
    """Of sixty; those of the product and of its policy take no room from them."""
    many = [identified(day(n), **{f"t{n:02}": n}) for n in range(60)]
    first = identified(day(0), birthday="1980-02-29", timezone="Asia/Tokyo", consent=True)

    assert list(known(*many)) == [f"t{n}" for n in range(10, 60)]
    assert known(first, *many).keys() == {"birthday", "timezone", *known(*many)}
    assert lived([first, *many]).row.stage == "lead"


CONDITION = {"traits": {"t00": [0]}}
BY_CONDITION = {
    "a rule": with_rules([rule("asks", {"after_first_order": "1 day"}, provided=CONDITION)]),
    "a stage": changed(
        stages=[{"name": "prospect"}, {"name": "lead", "any": [CONDITION]}],
        rules=[],
    ),
    "a tier": changed(tiers=[{"name": "C"}, {"name": "A", "any": [CONDITION]}], rules=[]),
    "the ideal customer": changed(
        ideal_customer={
            "raises_priority_from": 1,
            "traits": [{"weight": 1, "provided": CONDITION}],
        }
    ),
}


@pytest.mark.parametrize("book", BY_CONDITION.values(), ids=BY_CONDITION)
def test_what_a_condition_names_is_always_kept(book: Rulebook) -> None:
    """Wherever the policy has it."""
    messages = [identified(day(n), **{f"t{n:02}": n}) for n in range(60)]

    assert lived(messages, book=book).row.history.person.trait("t00") == 0
    assert lived(messages).row.history.person.trait("t00") is None


NAMES = [*(f"t{n}" for n in range(8)), "birthday", "timezone", "vip"]
KEPT = frozenset({"birthday", "timezone", "vip"})
words = st.builds(
    Trait, st.sampled_from(NAMES), st.sampled_from([True, 1, "1", "x"]), st.integers(0, 4)
)


@not_compiled
@settings(max_examples=100)
@given(st.lists(words, max_size=30), st.data())
def test_a_limit_keeps_the_same_traits_whatever_came_first(
    traits: list[Trait], data: st.DataObject
) -> None:
    """In any order, over any rows of a person: what is always kept, and the last of the rest."""
    shuffled = data.draw(st.permutations(traits))
    cut = data.draw(st.integers(0, len(traits)))
    one, other, whole = (_processed(each) for each in (shuffled[:cut], shuffled[cut:], traits))
    last = {name: max(each.at for each in traits if each.name == name) for name in _names(traits)}
    others = sorted((at, name) for name, at in last.items() if name not in KEPT)[-4:]

    with patch.object(person, "KEPT_TRAITS", 4):
        assert merge_traits(one, other, KEPT) == whole
    assert {each.name for each in whole} == _names(traits) & KEPT | {name for _, name in others}


def _names(traits: Iterable[Trait]) -> set[str]:
    return {each.name for each in traits}


def _processed(traits: Iterable[Trait]) -> tuple[Trait, ...]:
    known: tuple[Trait, ...] = ()
    with patch.object(person, "KEPT_TRAITS", 4):
        for each in traits:
            known = merge_traits(known, (each,), KEPT)
    return known


def test_what_another_policy_names_does_not_come_back() -> None:
    """It went when nobody read it. Sent again, it stays."""
    messages = [identified(day(n), **{f"t{n:02}": n}) for n in range(60)]
    life = lived(messages)
    life.book = BY_CONDITION["a rule"]
    life.process(event_from(identified(day(61), t61=61)))
    gone = life.row.history.person.trait("t00")
    for each in (
        identified(day(62), t00=0),
        *(identified(day(63), **{f"u{n}": n}) for n in range(60)),
    ):
        each["messageId"] += str(len(each["traits"])) + "".join(each["traits"])
        life.process(event_from(each))

    assert gone is None
    assert life.row.history.person.trait("t00") == 0


@pytest.mark.parametrize(
    ("consent", "agrees"),
    [
        (True, True),
        ("true", True),
        ("TRUE", True),
        ("GRANTED", True),
        ("granted", True),
        ({"email": True}, True),
        ({"email": "denied", "phone": "GRANTED"}, True),
        ({"email": "denied"}, False),
        ({}, False),
        ({"": True, "x" * 65: True}, False),
        (False, False),
        ("yes", True),
        (1, True),
        ("maybe", False),
        (2, False),
        (None, False),
        (["true"], False),
    ],
)
def test_these_are_consent(consent: object, *, agrees: bool) -> None:
    """And make a lead."""
    row = lived([identified(day(0), consent=consent)]).row

    assert row.history.person.consents is agrees
    assert row.stage == ("lead" if agrees else "prospect")


@pytest.mark.parametrize(
    ("words", "stage"),
    [
        ([True, {"email": "denied"}], "lead"),
        ([{"email": True}, {"email": "denied"}], "prospect"),
        ([{"email": True, "ads": True}, {"email": "denied"}], "lead"),
        ([{"email": True}, False], "prospect"),
        ([{"email": True}, {}], "lead"),
    ],
)
def test_consent_in_parts_is_taken_back_in_parts(words: list[Any], stage: str) -> None:
    """As long as any purpose is agreed to, it is a lead."""
    messages = [identified(day(number), consent=word) for number, word in enumerate(words)]

    assert lived(messages).row.stage == stage


@pytest.mark.parametrize("late", [0, 1])
def test_who_unsubscribes_at_the_same_instant_is_unsubscribed(late: int) -> None:
    """And who unfollows does not follow."""
    news = [did("Newsletter Subscribed", day(0)), did("Newsletter Unsubscribed", day(0))]
    follows = [
        did("Social Followed", day(0), network="x"),
        did("Social Unfollowed", day(0), network="x"),
    ]
    known = lived([news[late], news[1 - late], follows[late], follows[1 - late]]).row.history.person

    assert (known.subscribed, known.following) == (False, False)


@pytest.mark.parametrize(
    ("wanted", "fires"), [([1], True), (["x", 1.0], True), ([True], False), (["1"], False)]
)
def test_a_rule_may_ask_for_a_trait(wanted: list[object], *, fires: bool) -> None:
    """1 and 1.0 are the same number, but no boolean and no text."""
    asks = rule("asks", {"after_first_order": "1 day"}, provided={"traits": {"level": wanted}})
    messages = [identified(day(0), level=1), order(day(0), "o")]

    assert bool(lived(messages, day(2), with_rules([asks])).fired("asks")) is fires


NAMED = {
    "stages": [
        {"name": "prospect"},
        {"name": "lead", "any": [{"consent": True}]},
        {"name": "follower", "any": [{"traits": {"t00": [0]}}]},
    ],
    "promotion_needs_consent": "p00",
    "rules": [rule("asks", {"climbing_to": ["follower"]}, provided={"traits": {"t25": [25]}})],
}

received_until = stories().flatmap(lambda messages: st.tuples(st.just(messages), untils(messages)))


@settings(bounded, max_examples=examples(60))
@given(received_until)
def test_stories_under_a_policy_that_names_traits_are_decided_as_by_the_oracle(
    given_: tuple[list[ReceivedMessage], Any],
) -> None:
    """With more traits and purposes than there is room for."""
    messages, until = given_

    assert_same_as_oracle(messages, until, changed(**NAMED), Policy({**DEFAULT.document, **NAMED}))
