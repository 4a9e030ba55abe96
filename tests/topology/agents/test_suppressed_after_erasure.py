"""Who was on the suppression list stays on it when they are erased and come back."""

import pytest

from schemas import topics
from tests.topology.agents.identities import alias, anonymous, identify, partitions_after
from tests.topology.agents.partitions import Partitions
from tests.topology.agents.test_erasures import JOINED, NAMES, at_day, keys
from tests.topology.domain.messages import Json, day, order, suppressed, unsuppressed
from topology.agents.join_records import Merge
from topology.domain.history.instant import from_datetime
from topology.domain.history.state import State
from topology.domain.history.suppression import Suppression
from topology.domain.rows.erased import is_tombstone

ON = Suppression(from_datetime(day(4)), lifted=False)


def of(message: Json, name: str) -> Json:
    return anonymous(message, name) | {"messageId": f"{message['messageId']}-{name}"}


def erased(*messages: Json, name: str = "anna") -> Partitions:
    """All of this came, and on day 5 the person was erased."""
    partitions = at_day(partitions_after(*messages), 5)
    partitions.erase(name)
    partitions.drain()
    assert all(is_tombstone(key) for key in keys(partitions))
    return partitions


def word_of(partitions: Partitions, name: str) -> Suppression | None:
    return partitions.person(name)[1].history.person.suppression


def produce(partitions: Partitions, *messages: Json) -> None:
    for message in messages:
        partitions.produce(message)
        partitions.drain()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("erased_as", NAMES)
def test_under_whatever_name_they_come_back(name: str, erased_as: str) -> None:
    """And whichever was said when they were erased. The reason is forgotten."""
    on_the_list = of(suppressed(day(4), reason="by letter"), "old")
    partitions = erased(*JOINED, on_the_list, name=erased_as)
    kept = [value for rows in partitions.rows for value in rows.values()]
    produce(partitions, of(order(day(6), "o4"), name))

    _, state = partitions.person(name)
    assert state.history.person.suppression == ON
    assert (state.history.events, len(state.history.orders)) == (1, 1)
    assert not any(b"letter" in each for each in kept)


def test_who_never_was_on_it_is_not_on_it() -> None:
    """The rule is no other than before."""
    partitions = erased(*JOINED)
    produce(partitions, order(day(6), "o4", profile="anna"))

    assert word_of(partitions, "anna") is None


def test_the_word_outlasts_a_restart() -> None:
    """It lies in the tombstone."""
    partitions = erased(*JOINED, of(suppressed(day(4)), "anna"))
    partitions.restart()
    produce(partitions, order(day(6), "o4", profile="anna"))

    assert word_of(partitions, "anna") == ON


@pytest.mark.parametrize("turned", [False, True])
def test_a_list_that_comes_after_the_erasure_brings_nobody_back_and_counts(*, turned: bool) -> None:
    """By its own times, in whatever order; until they come back there is only a tombstone."""
    words = [of(suppressed(day(4)), "anna"), of(unsuppressed(day(3)), "anna")]
    partitions = erased(*JOINED)
    produce(partitions, *(reversed(words) if turned else words))
    assert all(is_tombstone(key) for key in keys(partitions))
    produce(partitions, order(day(6), "o4", profile="anna"))

    assert word_of(partitions, "anna") == ON


def test_a_list_that_comes_after_they_have_come_back_counts() -> None:
    """But nothing else of then does; sent again, it changes nothing."""
    partitions = erased(*JOINED)
    produce(partitions, order(day(6), "o4", profile="anna"))
    before = partitions.person("anna")[1]
    produce(partitions, of(suppressed(day(4)), "anna"))
    after = partitions.person("anna")[1]
    produce(partitions, of(suppressed(day(4)), "anna"))

    assert after.history.person.suppression == ON
    assert (after.history.events, after.history.first_seen_at, after.as_of) == (
        before.history.events,
        before.history.first_seen_at,
        before.as_of,
    )
    assert partitions.person("anna")[1] == after
    assert partitions.letters() == []


def test_the_latest_word_counts_over_two_erasures() -> None:
    """They came back, were taken off the list, and were erased again."""
    partitions = erased(*JOINED, of(suppressed(day(4)), "anna"))
    produce(partitions, of(unsuppressed(day(6)), "anna"))
    at_day(partitions, 7)
    partitions.erase("anna")
    produce(partitions, of(suppressed(day(4)), "anna"), order(day(8), "o4", profile="anna"))

    assert word_of(partitions, "anna") == Suppression(from_datetime(day(6)), lifted=True)


def test_a_second_erasure_of_who_has_not_come_back_loses_nothing() -> None:
    """There is no row that could say it."""
    partitions = erased(*JOINED, of(suppressed(day(4)), "anna"))
    partitions.erase("anna")
    partitions.drain()
    produce(partitions, order(day(6), "o4", profile="anna"))

    assert word_of(partitions, "anna") == ON


@pytest.mark.parametrize("met_first", [False, True])
def test_who_takes_over_a_name_takes_over_the_word(*, met_first: bool) -> None:
    """Whether the name has come back before it is claimed, or not."""
    partitions = erased(*JOINED, of(suppressed(day(4)), "anna"))
    if met_first:
        produce(partitions, of(order(day(6), "o4"), "anon"))
    produce(partitions, identify("bert", 7, anonymousId="anon"))

    key, bert = partitions.person("anon")
    assert (key, bert.history.person.suppression) == ("bert", ON)
    assert bert.history.events == 1 + met_first
    assert bert.history.first_seen_at == from_datetime(day(6 if met_first else 7))


def test_the_word_of_a_row_that_was_on_its_way_is_kept() -> None:
    """It is dropped with its names, for all of which the word counts from then on."""
    partitions = partitions_after(identify("anna", 0), identify("bert", 1, anonymousId="anon"))
    partitions.produce(of(suppressed(day(4)), "bert"), alias("bert", "anna", 3))
    while not any(isinstance(each, Merge) and each.name == "bert" for each in partitions.joins()):
        partitions.read(partitions.unread[0])
    at_day(partitions, 5)
    joins = [place for place in partitions.unread if place[0] == topics.JOINS]
    held = {place: partitions.queues.pop(place) for place in joins}
    partitions.erase("anna")
    partitions.drain()
    for place, queue in held.items():
        partitions.queues[place] = queue
    partitions.drain()
    assert all(is_tombstone(key) for key in keys(partitions))

    for name in ("anon", "bert", "anna"):
        produce(partitions, of(order(day(6), f"o-{name}"), name))
        assert isinstance(partitions.entry(name), State)
        assert word_of(partitions, name) == ON


def test_a_row_that_comes_to_an_erased_name_takes_over_the_word() -> None:
    """It was claimed before, and is of after the erasure."""
    partitions = partitions_after(of(suppressed(day(4)), "bert"))
    partitions.produce(identify("bert", 4, anonymousId="anon"))
    partitions.read((topics.SHOP_EVENTS, partitions.router.home(b"bert")))
    at_day(partitions, 5)
    partitions.erase("bert")
    partitions.read((topics.JOINS, partitions.router.home(b"bert")))
    partitions.produce(of(order(day(6), "o"), "anon"))
    partitions.read((topics.SHOP_EVENTS, partitions.router.home(b"anon")))
    assert isinstance(partitions.entry("anon"), State)
    partitions.drain()

    assert partitions.entry("anon") is None
    assert isinstance(partitions.entry("bert"), State)
    assert word_of(partitions, "bert") == ON
