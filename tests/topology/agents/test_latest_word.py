"""The latest word counts, and none is later than it came: whatever time it claims."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from schemas import topics
from tests.oracle.latest_word import Word, last_word
from tests.topology.agents.identities import identify
from tests.topology.agents.partitions import Partitions
from tests.topology.agents.records import Shelf, record
from tests.topology.domain.histories import bounded
from tests.topology.domain.messages import Json, day
from topology.domain.history.consent import consents_to
from topology.domain.history.instant import HOUR, from_datetime, to_datetime
from topology.domain.history.person import Person
from topology.domain.history.suppression import is_suppressed

T: Final = from_datetime(day(100))
SECOND: Final = 1_000_000
MS: Final = 1_000

EVENTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "newsletter": ("Newsletter Subscribed", "Newsletter Unsubscribed"),
        "following": ("Social Followed", "Social Unfollowed"),
        "suppressed": ("Customer Suppressed", "Customer Unsuppressed"),
    }
)
READERS: Final[Mapping[str, Callable[[Person], bool]]] = MappingProxyType(
    {
        "newsletter": lambda person: person.subscribed,
        "following": lambda person: person.following,
        "suppressed": lambda person: is_suppressed(person.suppression),
        "consent": lambda person: person.consents,
        "email": lambda person: consents_to(person.purposes, "email"),
        "trait": lambda person: person.trait("plays") is True,
    }
)
"""What can be said, and who says yes."""


def message(kind: str, word: Word, number: int, name: str) -> Json:
    """A word as a producer sends it."""
    who = "anonymousId" if name == "a" else "userId"
    envelope: Json = {"messageId": f"{kind}-{number}", who: name}
    if word.claimed is not None:
        envelope["timestamp"] = to_datetime(word.claimed).isoformat()
    if kind in EVENTS:
        event = EVENTS[kind][not word.yes]
        return envelope | {"type": "track", "event": event, "properties": {"network": "x"}}
    traits: Json = {"plays": word.yes} if kind == "trait" else {"consent": word.yes}
    if kind == "email":
        traits = {"consent": {"email": word.yes}}
    return envelope | {"type": "identify", "traits": traits}


def arrived(
    kind: str, word: Word, number: int, kafka_s: int = 1, name: str = "c"
) -> ConsumerRecord[bytes, bytes]:
    """The record of a word; `kafka_s` says whether its time is the broker's."""
    made = record(message(kind, word, number, name), offset=number, stamp=word.came // MS)
    return replace(made, timestamp_type=kafka_s)


def append(there: Partitions, partition: int, made: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
    """Put records into a partition of the shop's topic, as they are."""
    queue = there.queues.setdefault((topics.SHOP_EVENTS, partition), deque())
    queue.extend(replace(each, partition=partition) for each in made)


claims = st.one_of(
    st.none(),
    st.just(11 * HOUR),
    # Never exactly when something comes.
    st.integers(-3, 5).map(lambda n: n * SECOND + MS // 2),
    st.just(-HOUR),
)


@st.composite
def words(draw: st.DrawFn) -> list[Word]:
    """Some words, by when they came; often in the same millisecond."""
    came, found = T, []
    for _ in range(draw(st.integers(2, 6))):
        came += draw(st.sampled_from([0, 0, MS, SECOND, 60 * SECOND]))
        claimed = draw(claims)
        claimed = None if claimed is None else came + claimed
        found.append(Word(draw(st.booleans()), came, claimed))
    return found


@bounded
@given(st.data(), words(), st.sampled_from(sorted(READERS)))
def test_the_latest_word_is_the_same_for_workers_with_different_clocks(
    data: st.DataObject, given_words: list[Word], kind: str
) -> None:
    """However late it is read, in whatever batches, by workers that differ by five seconds."""
    shelf = Shelf()
    made = [arrived(kind, word, number) for number, word in enumerate(given_words)]
    while made:
        cut = data.draw(st.integers(1, len(made)))
        lag = data.draw(st.integers(-5, 60)) * SECOND
        shelf.now = made[cut - 1].timestamp * MS + lag
        shelf.take(made[:cut])
        made = made[cut:]

    assert READERS[kind](shelf.row().history.person) is last_word(given_words)


@pytest.mark.parametrize("kind", sorted(READERS))
@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize("claimed", [None, 0, 11 * HOUR])
@pytest.mark.parametrize("later", [0, MS, SECOND])
def test_what_claims_to_be_ahead_never_wins_over_what_comes_later(
    kind: str, *, yes: bool, claimed: int | None, later: int
) -> None:
    """Also if both come in one millisecond, and are read long afterwards in one batch."""
    came = T + later
    second = Word(yes, came, None if claimed is None else came + claimed)
    given_words = [Word(not yes, T, T + 11 * HOUR), second]
    shelf = Shelf(now=T + HOUR)
    shelf.take([arrived(kind, word, number) for number, word in enumerate(given_words)])

    assert READERS[kind](shelf.row().history.person) is yes


@pytest.mark.parametrize("kind", sorted(READERS))
@pytest.mark.parametrize("yes", [True, False])
def test_without_the_broker_s_time_none_is_later_than_it_is_read(kind: str, *, yes: bool) -> None:
    """A topic with the times of its producers: the worker's now stands in."""
    given_words = [Word(not yes, T, T + 11 * HOUR), Word(yes, T, T + HOUR)]
    shelf = Shelf(now=T)
    shelf.take([arrived(kind, word, number, 0) for number, word in enumerate(given_words)])

    assert READERS[kind](shelf.row().history.person) is yes


@pytest.mark.parametrize("yes", [True, False])
def test_a_word_for_everything_is_later_than_one_for_a_purpose(*, yes: bool) -> None:
    """And the other way round, all in one millisecond."""
    shelf = Shelf(now=T + HOUR)
    first, second, third = (Word(each, T, T + HOUR) for each in (not yes, yes, not yes))
    shelf.take([arrived("email", first, 0), arrived("consent", second, 1)])
    assert consents_to(shelf.row().history.person.purposes, "email") is yes

    shelf.take([arrived("email", third, 2)])
    assert consents_to(shelf.row().history.person.purposes, "email") is not yes
    assert consents_to(shelf.row().history.person.purposes, "all") is yes


def test_a_present_is_never_later_than_the_worker_s_now() -> None:
    """What was said last is by the broker's clock; what happened is no later than now."""
    shelf = Shelf(now=T)
    ahead = Word(yes=True, came=T + 5 * SECOND, claimed=T + HOUR)
    shelf.take([arrived("newsletter", ahead, 0)])

    assert shelf.row().as_of == T
    newsletter = shelf.row().history.person.newsletter
    assert newsletter is not None
    assert newsletter.at == T + 5 * SECOND


def test_a_record_that_was_handed_on_came_when_it_came_first() -> None:
    """It says that it is ahead; one that comes before it has been handed on is later."""
    there = Partitions()
    home = there.router.home(b"c")
    ahead, now = (
        Word(yes=True, came=T, claimed=T + HOUR),
        Word(yes=False, came=T + MS, claimed=None),
    )
    wrong = topics.SHOP_EVENTS, (home + 1) % 3
    append(there, wrong[1], [arrived("newsletter", ahead, 0)])
    there.read(wrong)
    [handed_on] = there.queues[topics.SHOP_EVENTS, home]
    there.queues[topics.SHOP_EVENTS, home].clear()
    late = replace(handed_on, timestamp=(T + HOUR) // MS)
    append(there, home, [arrived("newsletter", now, 1), late])
    there.drain()

    assert there.person("c")[1].history.person.subscribed is False


@bounded
@given(st.data(), words(), st.sampled_from(sorted(READERS)))
def test_the_latest_word_is_the_same_under_whichever_name_it_came(
    data: st.DataObject, given_words: list[Word], kind: str
) -> None:
    """Two names that are joined somewhere on the way; what is said of the old one goes along."""
    there = Partitions()
    given_words = [
        replace(each, came=each.came + number * MS) for number, each in enumerate(given_words)
    ]
    joined = data.draw(st.integers(0, len(given_words)))
    for number, word in enumerate(given_words):
        if number == joined:
            there.produce(identify("u", anonymousId="a"))
        name = data.draw(st.sampled_from(["u", "a"]))
        made = arrived(kind, word, number, name=name)
        append(there, there.router.home(name.encode()), [made])
        if data.draw(st.booleans()):
            there.drain()
    there.produce(identify("u", 1, anonymousId="a"))
    there.drain(lambda unread: data.draw(st.integers(0, len(unread) - 1)))
    key, row = there.person("a")

    assert key == "u"
    assert READERS[kind](row.history.person) is last_word(given_words)
