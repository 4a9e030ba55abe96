"""Traits that can't be kept are named one by one, and the good ones stay."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.messages.reading import IGNORED_PATHS, known_path, read_message
from schemas.messages.traits import KeptNames
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.both_ways import NOW, RECEIVED, both, order
from tests.schemas.reading.test_any_value import VALUES
from topology.domain.history.event import Event
from topology.domain.history.person import with_traits

ODD: list[Any] = [
    *({"city": "Wien"}, ["a"], [], {}, "x" * 257, 2**63, -(2**63), float("nan"), float("inf")),
    "half \ud83d",
]


def identify(traits: Any) -> dict[str, Any]:
    return order(type="identify", traits=traits)


def kept(traits: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The traits of a customer after a message, and what was ignored."""
    event, ignored = both(identify(traits))
    assert isinstance(event, Event), event
    values = getattr(event.message, "traits", {})
    found = with_traits((), values, NOW, frozenset({"birthday", "timezone"}))
    assert {each.name for each in found} == set(values) - {"consent"}, "nothing is lost in silence"
    return {each.name: each.value for each in found}, ignored


@pytest.mark.parametrize("value", ODD)
def test_a_trait_that_cannot_be_kept_is_named_and_the_others_stay(value: Any) -> None:
    assert kept({"odd": value, "city": "Wien"}) == ({"city": "Wien"}, ("traits.odd",))


def test_a_name_that_is_too_long_is_named_by_its_beginning() -> None:
    assert kept({"n" * 65: 1, "m" * 64: 2}) == ({"m" * 64: 2}, ("traits." + "n" * 64,))
    assert kept({"half \ud83d": 1}) == ({}, ("traits.half \ud83d",))


def test_a_null_says_nothing() -> None:
    assert kept({"city": None}) == ({}, ())


def test_of_too_many_traits_the_ones_that_go_are_named() -> None:
    values = {f"t{number:02}": number for number in range(60)} | {"birthday": "1980-12-31"}
    found, ignored = kept(values | {"consent": True})
    assert len(found) == 51
    assert ignored == tuple(f"traits.t{number:02}" for number in range(10))
    read = read_message(identify(values), RECEIVED, KeptNames(frozenset({"t00"})))
    assert read.message.traits["t00"] == 0  # type: ignore[attr-defined]
    assert read.ignored == tuple(f"traits.t{number:02}" for number in range(1, 10))


@pytest.mark.parametrize(
    "born",
    [
        *("31.02.1980", "0000-01-01", "0001-01-01", "1900-01-01", "2027-01-01", "9999-12-31"),
        *("1980-13-01", "1980-02-30", "soon", "04-09", "12/31/1980", "", 0, 315532800000, True),
        *({}, ["1980-12-31"], "1980-W01-1", "\u0661\u0669\u0668\u0660-12-31"),
    ],
)
def test_a_birthday_that_is_none_is_named_and_what_was_known_stays(born: Any) -> None:
    assert kept({"birthday": born, "city": "Wien"}) == ({"city": "Wien"}, ("traits.birthday",))


@pytest.mark.parametrize(
    ("values", "born"),
    [
        ("1980-02-29", "1980-02-29"),
        (" 1980-12-31 ", "1980-12-31"),
        ("31.12.1980", "1980-12-31"),
        ("1.2.1980", "1980-02-01"),
        ("1980-12-31T23:00:00Z", "1980-12-31"),
        ("2026-11-29", "2026-11-29"),
    ],
)
def test_a_birthday_is_a_date_of_the_calendar(values: str, born: str) -> None:
    assert kept({"birthday": values}) == ({"birthday": born}, ())


NAMES = st.sampled_from(["birthday", "timezone", "consent", "city", "n" * 65]) | st.text(max_size=3)


@fuzzed
@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_every_trait_is_kept_or_named(traits: dict[str, Any]) -> None:
    found, ignored = kept(traits)
    assert set(map(known_path, ignored)) <= IGNORED_PATHS
    for name, value in traits.items():
        if value is not None and name != "consent":
            assert (name in found) != (f"traits.{name[:64]}" in ignored)


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("traits.birthday", "traits.birthday"),
        ("traits.consent", "traits.consent"),
        ("traits.consent.email", "traits.consent"),
        ("traits.x", "traits"),
        ("traits.", "traits"),
        ("properties.coupon", "properties.coupon"),
    ],
)
def test_the_metric_has_a_closed_set_of_labels(path: str, label: str) -> None:
    assert known_path(path) == label
