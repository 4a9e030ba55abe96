"""What people say of themselves: the latest word on each trait counts."""

import pytest

from tests.topology.domain.life import lived
from tests.topology.domain.messages import Json, day, did, identified, order
from tests.topology.domain.policies import rule, with_rules


def known(*told: Json) -> dict[str, object]:
    """The traits after all of it."""
    return {each.name: each.value for each in lived(told).row.facts.person.traits}


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


def test_fifty_traits_are_kept() -> None:
    """Of sixty."""
    assert len(known(*(identified(day(n), **{f"t{n}": n}) for n in range(60)))) == 50


@pytest.mark.parametrize(
    ("said", "agrees"),
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
        (False, False),
        ("yes", False),
        (1, False),
        (None, False),
        (["true"], False),
    ],
)
def test_these_are_consent(said: object, *, agrees: bool) -> None:
    """And make a lead."""
    row = lived([identified(day(0), consent=said)]).row

    assert row.facts.person.consents is agrees
    assert row.stage == ("lead" if agrees else "prospect")


def test_consent_in_parts_can_be_taken_back() -> None:
    """An object in which nobody agrees is a no."""
    told = [identified(day(0), consent=True), identified(day(1), consent={"email": "denied"})]

    assert lived(told).row.stage == "prospect"


@pytest.mark.parametrize("late", [0, 1])
def test_who_unsubscribes_at_the_same_instant_is_unsubscribed(late: int) -> None:
    """And who unfollows does not follow."""
    news = [did("Newsletter Subscribed", day(0)), did("Newsletter Unsubscribed", day(0))]
    follows = [
        did("Social Followed", day(0), network="x"),
        did("Social Unfollowed", day(0), network="x"),
    ]
    person = lived([news[late], news[1 - late], follows[late], follows[1 - late]]).row.facts.person

    assert (person.subscribed, person.following) == (False, False)


@pytest.mark.parametrize(
    ("wanted", "fires"), [([1], True), (["x", 1.0], True), ([True], False), (["1"], False)]
)
def test_a_rule_may_ask_for_a_trait(wanted: list[object], *, fires: bool) -> None:
    """1 and 1.0 are the same number, but no boolean and no text."""
    asks = rule("asks", {"after_first_order": "1 day"}, provided={"traits": {"level": wanted}})
    told = [identified(day(0), level=1), order(day(0), "o")]

    assert bool(lived(told, day(2), with_rules([asks])).fired("asks")) is fires
