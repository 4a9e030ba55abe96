"""Dead letters are read, selected and counted, without any Kafka."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import topics
from services.dead_letters.counts import CountLabels, DeadLetterCounts
from services.dead_letters.dead_letter import LetterId, customer_of, letter_id_in, names_in
from services.dead_letters.page import PageCursor
from services.dead_letters.reader import OffsetRange
from services.dead_letters.retry_page import RetryCursor
from services.dead_letters.selection import Selection, known_reasons, known_topics, parse_time
from services.dead_letters.view import full_view, list_view
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.any_message import MESSAGES
from tests.services.dead_letters.letters import AT_MS, letter
from tests.services.ingest.messages import order

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@given(st.integers(0, 10**6), st.integers(0, 10**15))
def test_an_id_is_its_partition_and_offset(partition: int, offset: int) -> None:
    place = LetterId(partition, offset)
    assert letter_id_in(str(place)) == place


@pytest.mark.parametrize("text", ["", "3", "3-", "-3-4", "3-4-5", "03-4", "a-1", "3 - 4", "٣-4"])
def test_what_is_no_id_is_none(text: str) -> None:
    assert letter_id_in(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", NOW - timedelta(hours=2)),
        ("7d", NOW - timedelta(days=7)),
        ("90s", NOW - timedelta(seconds=90)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T10:00:00+02:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
    ],
)
def test_a_time_is_an_instant_a_day_or_how_long_ago(text: str, expected: datetime) -> None:
    assert parse_time(text, NOW) == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2x", "-2h", "2026-11-20T10:00:00", "999999w", "0000-01-01", "2 h"]
)
def test_what_is_no_time_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write an instant such as"):
        parse_time(text, NOW)


@given(st.binary(max_size=40), st.binary(max_size=10))
def test_whatever_was_received_can_be_shown(value: bytes, key: bytes) -> None:
    found = letter(value, key=key)
    assert '"id":"3-17"' in list_view(found).model_dump_json()
    assert '"headers"' in full_view(found).model_dump_json()


@settings(fuzzed)
@given(MESSAGES)
def test_whatever_was_refused_is_found_and_shown(message: dict[str, Any]) -> None:
    found = letter(message)
    assert list_view(found).customer in {None, *names_in(found)}
    assert not Selection(customers=frozenset({"nobody-has-this-name"})).wants(found)


def test_a_letter_that_somebody_else_wrote_is_one_as_well() -> None:
    odd = letter(b"x", reason="", source="", source_offset="many", received_at="-1")
    assert (odd.reason, odd.source.offset) == ("unknown", 0)
    assert (odd.first_place, odd.received_ms) == ((topics.DEAD_LETTERS, 3, 17), AT_MS)


def test_a_message_came_first_where_it_was_refused_first() -> None:
    assert letter().first_place == (topics.SHOP_EVENTS, 5, 42)
    assert (letter().received_ms, letter(received_at="12").received_ms) == (AT_MS, 12)
    again = letter(retry_of="social.events.v1-1-2", received_at="12")
    assert again.first_place == (topics.SOCIAL_EVENTS, 1, 2)
    over_http = letter(source="/v1/batch", received_at="12")
    assert over_http.first_place == (topics.DEAD_LETTERS, 3, 17)


def test_it_is_found_by_every_name_in_it_and_by_its_key() -> None:
    message = order(1, anonymousId="a-1", context={"externalIds": [{"id": "e@x.org"}, "odd"]})
    found = letter(message, key=b"k")
    assert customer_of(found) == "c-1"
    assert names_in(found) == {"c-1", "a-1", "e@x.org", "k"}
    assert names_in(letter(b"\xff", key=b"\xff")) == set()
    assert customer_of(letter(b"[1", key=b"k")) == "k"
    long = json.dumps(message).replace('"odd"', "9" * 5_000).encode()
    assert names_in(letter(long, key=None)) == {"c-1", "a-1", "e@x.org"}
    social = {"event": "Social Followed", "properties": {"network": "x", "handle": "anna"}}
    assert customer_of(letter(social, key=None)) == "x:anna"


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        (Selection(), True),
        (Selection(reasons=frozenset({"not_json"})), False),
        (Selection(topics=frozenset({topics.SHOP_EVENTS, "/v1/batch"})), True),
        (Selection(topics=frozenset({"/v1/batch"})), False),
        (Selection(since=datetime.fromtimestamp(AT_MS / 1000, UTC)), True),
        (Selection(until=datetime.fromtimestamp(AT_MS / 1000, UTC)), False),
        (Selection(customers=frozenset({"c-1"})), True),
        (Selection(customers=frozenset({"c-2"})), False),
    ],
)
def test_a_filter_lets_through_what_it_names(selection: Selection, *, wanted: bool) -> None:
    assert selection.wants(letter(order(1))) is wanted


def test_reasons_and_sources_that_nobody_knows_are_refused() -> None:
    assert known_topics(["shop", "/v1/batch", topics.CLOCK]) == {
        *(topics.SHOP_EVENTS, "/v1/batch", topics.CLOCK)
    }
    with pytest.raises(ValueError, match="there is no reason 'nojson'; there are not_json"):
        known_reasons(["nojson"])
    with pytest.raises(ValueError, match="there is no source 'orders'"):
        known_topics(["orders"])


@given(st.lists(st.integers(0, 2**62), max_size=9))
def test_cursors_come_back_as_they_were(offsets: list[int]) -> None:
    cursor = PageCursor(tuple(offsets))
    assert PageCursor.from_text(cursor.to_text()) == cursor
    spans = RetryCursor(tuple(OffsetRange(each, each + 1) for each in offsets))
    assert RetryCursor.from_text(spans.to_text()) == spans


def test_letters_are_counted_until_kafka_has_deleted_them() -> None:
    """By hours: an hour counts until its last letter is gone."""
    hour = 3_600_000
    counts = DeadLetterCounts()
    counts.add(letter(offset=each, at_ms=AT_MS + each * hour // 2) for each in range(4))
    counts.add([letter(partition=1, offset=0, source="/v1/batch", reason="not_json")])
    counts.add([letter(partition=1, offset=1, source="who knows", reason="whatever")])
    shop = CountLabels("no_exchange_rate", topics.SHOP_EVENTS)
    http, other = CountLabels("not_json", "/v1/batch"), CountLabels("unknown", "other")
    assert counts.by_labels() == {shop: 4, http: 1, other: 1}
    counts.forget({3: 3, 1: 2})
    assert counts.by_labels() == {shop: 2}
    counts.forget({3: 4})
    assert counts.by_labels() == {}


def test_half_a_character_in_a_name_can_be_shown() -> None:
    """A list of dead letters is one answer: one name must not break it."""
    found = letter(b'{"type": "track", "event": "Cart Viewed", "userId": "s-\\ud83d"}')
    assert list_view(found).customer == "s-?"
    assert list_view(found).model_dump_json()
    assert full_view(found).model_dump_json()
