"""A message that is tried again: it has the outcome of its first arrival, and counts once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import topics
from schemas.messages.record_headers import received_header
from tests.topology.agents.identities import identify
from tests.topology.agents.partitions import Partitions
from tests.topology.agents.records import NOW, Shelf, record
from tests.topology.domain.life import BOOK
from tests.topology.domain.messages import Json, day, visit
from topology.agents.decode import EventDecoder
from topology.agents.received import FirstPlace, first_place_in
from topology.domain.history.event import Event
from topology.domain.history.instant import DAY, HOUR, from_datetime, to_datetime

FIRST = FirstPlace(topics.SHOP_EVENTS, 3, 42)
FIRST_MS = int(day(200).timestamp() * 1000)
AGAIN = (FIRST.header(), received_header(FIRST_MS))
NAMELESS: Json = {key: value for key, value in visit(day(0)).items() if key != "messageId"}
NOON = to_datetime(NOW + DAY // 2)
TIMELESS: Json = {key: value for key, value in NAMELESS.items() if key != "timestamp"}


def event_of(message: Json, **fields: object) -> Event:
    found = EventDecoder(BOOK.exchange).decode(record(message, **fields), NOW)  # type: ignore[arg-type]
    assert isinstance(found, Event), found
    return found


def test_what_stands_in_for_an_id_and_a_time_comes_from_the_first_arrival() -> None:
    event = event_of(TIMELESS, headers=AGAIN, offset=99)
    assert event.message_id == "shop.events.v1-3-42"
    assert event.at == from_datetime(day(200))


def test_what_the_message_says_itself_counts_as_ever() -> None:
    event, plain = event_of(visit(day(0)), headers=AGAIN), event_of(visit(day(0)))
    assert (event.message_id, event.at) == (plain.message_id, plain.at)


def test_nothing_has_happened_after_it_came_first() -> None:
    """Its clock was ahead: of a person who was erased meanwhile it would begin a new life."""
    assert event_of(visit(day(203)), headers=AGAIN).at == from_datetime(day(200))
    assert event_of(visit(day(203))).at == from_datetime(day(203))


@pytest.mark.parametrize(
    "headers",
    [
        [("retry-of", b"shop.events.v1")],
        [("retry-of", b"-3-42")],
        [("retry-of", b"shop.events.v1-x-42")],
        [("retry-of", "shop.events.v1-3-¹".encode())],
        [("retry-of", b"shop.events.v1-3-" + b"9" * 40)],
        [("retry-of", b"\xff\xfe-3-x")],
        [("received-at", "¹".encode())],
        [("received-at", b"9" * 40)],
        [("received-at", b"9" * 15)],
        [("received-at", b"-1")],
        [("retry-of", None), ("received-at", None)],
    ],
)
def test_headers_that_are_none_of_ours_change_nothing(
    headers: list[tuple[str, bytes | None]],
) -> None:
    assert first_place_in(headers) is None
    event, plain = event_of(TIMELESS, headers=headers), event_of(TIMELESS)
    assert (event.message_id, event.at) == (plain.message_id, plain.at)


@given(
    st.builds(
        FirstPlace,
        st.sampled_from((*topics.SOURCES, topics.DEAD_LETTERS)),
        st.integers(0, 10**6),
        st.integers(0, 10**14),
    )
)
def test_headers_give_the_first_arrival(first: FirstPlace) -> None:
    assert first_place_in([first.header()]) == first


def test_it_counts_once_however_often_it_is_tried() -> None:
    """By two people at once, and after the original was taken."""
    shelf = Shelf()
    shelf.take([record(NAMELESS, partition=3, offset=42)])
    for offset in (100, 101, 102):
        shelf.take([record(NAMELESS, offset=offset, headers=AGAIN)])
    assert shelf.row().history.events == 1


def test_a_dead_letter_says_when_and_where_its_message_came_first() -> None:
    """So that a retry of a retry is one of the first, and is as quiet."""
    shelf = Shelf()
    headers = [("quiet", b"true"), *AGAIN, ("trace", b"t-1")]
    shelf.take([record(b"{}"), record(b"{}", offset=8, headers=headers)])
    plain, again = [dict(each.headers) for each in shelf.outputs]

    assert plain["received-at"] == b"%d" % record(b"").timestamp
    assert not {"retry-of", "quiet", "trace"} & plain.keys()
    assert again["source-offset"] == b"8"
    assert again["retry-of"] == b"shop.events.v1-3-42"
    assert again["received-at"] == b"%d" % FIRST_MS
    assert again["quiet"] == b"true"
    assert "trace" not in again


def test_it_counts_once_also_where_it_goes_along_to_another_row() -> None:
    """The name that it came under has become a part of somebody's row meanwhile."""
    partitions = Partitions()
    partitions.produce(identify("anna", 9, anonymousId="anon"))
    partitions.drain()
    seen = partitions.person("anna")[1].history.events
    anonymous = {**TIMELESS, "anonymousId": "anon"}
    anonymous.pop("userId", None)
    for _ in range(2):
        partitions._append(
            topics.SHOP_EVENTS,
            partitions.router.home(b"anon"),
            b"anon",
            anonymous,
            AGAIN,
        )
    partitions.drain()
    _, state = partitions.person("anna")
    assert state.history.events == seen + 1
    assert state.history.first_seen_at == from_datetime(day(9))
    assert state.history.last_seen_at == from_datetime(day(200))


@pytest.mark.parametrize("retried", [True, False])
@pytest.mark.parametrize("more", [{}, {"messageId": "ahead", "timestamp": NOON.isoformat()}])
def test_what_came_before_somebody_was_erased_brings_nobody_back(
    more: Json, monkeypatch: pytest.MonkeyPatch, *, retried: bool
) -> None:
    """Without a time of its own, or with one ahead: the retry comes after the erasure."""
    partitions = Partitions()
    home = partitions.router.home(b"anna")
    partitions.produce({**visit(day(1)), "userId": "anna"})
    partitions.drain()
    partitions.erase("anna")
    partitions.drain()
    assert partitions.people() == []

    monkeypatch.setattr("tests.topology.agents.partitions.NOW", NOW + DAY)
    again_at = received_header((NOW - HOUR) // 1000)
    again = record(
        {**TIMELESS, "userId": "anna", **more},
        partition=home,
        stamp=(NOW + DAY) // 1000,
        headers=(FIRST.header(), again_at) if retried else (),
    )
    partitions.queues[topics.SHOP_EVENTS, home].append(again)
    partitions.drain()
    assert bool(partitions.people()) is not retried
