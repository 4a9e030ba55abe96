"""Stored records are decoded as they were, and records of other forms are ignored."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhooks.partition_queue import LastFailure, OpenTrigger, PartitionQueue
from services.webhooks.progress import (
    Place,
    QueueProgress,
    exhausted_deliveries,
    place_of,
    progress_of,
    queue_of,
)
from services.webhooks.subscriptions import ResendRequest, SwitchedOff, read_directory
from services.webhooks.topics import encoded, exhausted_key, off_key, queue_key, resend_key
from tests.services.webhooks.subscriptions import subscription

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TIMES = st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is beside
OPEN = st.builds(
    OpenTrigger,
    st.integers(0, 99),
    st.sampled_from("abc"),
    st.text(max_size=9),
    st.text(max_size=9),
    st.integers(0, 50),
    TIMES,
    TIMES,
    st.text(max_size=9),
    st.none() | st.integers(0, 2**42),
)


@given(
    st.lists(OPEN, max_size=9),
    st.integers(100, 200),
    TIMES,
    TIMES,
    st.none() | st.builds(LastFailure, at=TIMES.filter(bool), reason=st.text(max_size=9)),
)
def test_a_queue_continues_as_it_was(
    some: list[OpenTrigger],
    position: int,
    rest: datetime | None,
    delivered: datetime | None,
    failure: LastFailure | None,
) -> None:
    queue = PartitionQueue(position, {one.offset: one for one in some}, rest, delivered, failure, 7)
    stored = QueueProgress.model_validate_json(encoded(progress_of(queue)))
    assert queue_of(stored, {one.offset: one.customer_id for one in queue.open.values()}) == queue


def test_an_open_trigger_that_kafka_no_longer_has_is_dropped() -> None:
    queue = PartitionQueue(9, {3: OpenTrigger(3, "a"), 4: OpenTrigger(4, "b")})
    assert queue_of(progress_of(queue), {4: "b"}).open == {4: OpenTrigger(4, "b")}


def test_the_directory_has_the_subscriptions_of_the_topic() -> None:
    on, off, again = (subscription(name) for name in ("on", "off", "again"))
    gone = SwitchedOff(enabled_at=NOW, at=NOW)
    before = SwitchedOff(enabled_at=datetime(2026, 1, 1, tzinfo=UTC), at=NOW)
    items = {
        "on": encoded(on),
        "off": encoded(off),
        off_key("off"): encoded(gone),
        "again": encoded(again),
        off_key("again"): encoded(before),
        "disabled": encoded(subscription("disabled", enabled=False)),
        resend_key("on", 3, 17): b"{}",
        "broken": b"{",
        "on/resend/x/y": b"{}",
        "on/other": b"{}",
    }
    directory = read_directory(items)
    assert {each.id for each in directory.active()} == {"on", "again"}
    assert set(directory.subscriptions) == {"on", "off", "again", "disabled"}
    assert directory.resends == (ResendRequest("on", 3, 17),)


@given(st.integers(0, 2**63 - 1), st.integers(0, 999))
def test_the_id_of_a_delivery_is_its_place(offset: int, partition: int) -> None:
    place = Place(partition, offset)
    assert place_of(str(place)) == place
    items = {exhausted_key("s", partition, offset): b"1", queue_key("s", partition): b"2"}
    assert exhausted_deliveries({**items, exhausted_key("t", 0, 0): b"3"}, "s") == [(place, b"1")]


@pytest.mark.parametrize("text", ["", "1", "1-", "-1", "1-2-3", "a-b", "1-²", "1-" + "9" * 30])
def test_a_text_that_is_no_id_of_a_delivery_has_no_place(text: str) -> None:
    assert place_of(text) is None
