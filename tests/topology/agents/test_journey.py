"""The journey: a batch of records, or rows that fall due, into changes. Rows are a dictionary."""

import json
from datetime import datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from schemas import topics
from schemas.transition import Transition
from schemas.trigger import Trigger
from tests.topology.agents.records import Shelf, batch_time, headers_of, record, records
from tests.topology.domain.life import BOOK
from tests.topology.domain.messages import MICROSECOND, Json, complaint, day, order, orders, visit
from tests.topology.domain.policies import SEGMENTS
from tests.topology.forms import not_compiled
from topology.agents import batch
from topology.domain.history.instant import from_datetime
from topology.domain.history.state import State
from topology.domain.policy.compile import compile_policy
from topology.domain.rows.row import decode_row, encode_row


def test_the_neighbours_of_a_bad_record_are_processed() -> None:
    """It goes to the dead letters, and they go on."""
    shelf = Shelf()
    good = orders(day(0), day(1), day(2))
    shelf.take(records([good[0], b"not json", good[1], {"type": "group"}, good[2]]))

    assert shelf.row().scores.orders_in_window == 3
    letters = [each for each in shelf.outputs if each.topic == topics.DEAD_LETTERS]
    assert [dict(each.headers)["reason"] for each in letters] == [b"not_json", b"unknown_shape"]


@pytest.mark.parametrize(("key", "value"), [(b"k\xff", b"\x00\xffno"), (None, None), (b"", b"")])
def test_a_dead_letter_keeps_bytes_and_key_and_says_where_it_was(
    key: bytes | None, value: bytes | None
) -> None:
    """Exactly as received, whatever they are."""
    shelf = Shelf(number=5)
    source = topics.SUPPORT_EVENTS
    shelf.take([record(value, key=key, offset=99, partition=5, topic=source)])

    [letter] = shelf.outputs
    assert (letter.topic, letter.key, letter.value) == (topics.DEAD_LETTERS, key, value)
    headers = headers_of(letter)
    assert headers.pop("detail").decode()
    assert headers == {
        "reason": b"not_json",
        "source-topic": b"support.events.v1",
        "source-partition": b"5",
        "source-offset": b"99",
        "received-at": b"%d" % record(b"").timestamp,
    }
    assert shelf.rows == {}


def test_a_row_is_kept_under_its_profile_and_is_due_when_it_changes_next() -> None:
    """The record's key does not matter."""
    shelf = Shelf()
    changes = shelf.take([record(orders(day(0))[0], key=None)])

    [(key, row)] = changes.rows.items()
    assert key == b"c"
    assert row.wake_at == from_datetime(day(3))
    assert row.value is not None
    assert shelf.journey.wake_at(key, row.value) == row.wake_at
    assert decode_row(row.value).customer_id == "c"


def test_transitions_and_triggers_are_written_as_the_contracts_say() -> None:
    """Keyed by the customer, into their topics, in the order in which they came to be."""
    shelf = Shelf(book=SEGMENTS)
    shelf.take(records(orders(*[day(0)] * 6)))
    shelf.tick(day(30))

    assert {each.key for each in shelf.outputs} == {b"c"}
    assert {each.partition for each in shelf.outputs} == {None}
    moves = [Transition.model_validate(each) for each in shelf.sent(topics.TRANSITIONS)]
    assert [(move.dimension, move.to_value) for move in moves] == [
        ("segment", "new"),
        ("stage", "first_time_buyer"),
        ("segment", "potential_loyalist"),
        ("stage", "occasional"),
        ("stage", "regular"),
        ("segment", "champions"),
        ("segment", "loyal"),
    ]
    assert "from" in shelf.sent(topics.TRANSITIONS)[0]
    triggers = [Trigger.model_validate(each) for each in shelf.sent(topics.TRIGGERS)]
    assert [trigger.rule for trigger in triggers] == ["special_offer", "nurture"]
    assert triggers[1].transition == moves[-1]


def test_a_trigger_s_headers_are_cloudevents_1_0_in_binary_mode() -> None:
    """With the trigger's id as the event's, and nothing about the customer."""
    shelf = Shelf()
    shelf.take([record(complaint(day(0)))])

    [output] = [each for each in shelf.outputs if each.topic == topics.TRIGGERS]
    value = json.loads(output.value or b"")
    message = KafkaMessage(headers_of(output), key=None, value=output.value or b"")
    event = from_binary(message, JSONFormat(), CloudEvent)
    assert event.get_attributes() == {
        "specversion": "1.0",
        "id": value["trigger_id"],
        "source": "/stammkunde",
        "type": "stammkunde.retention.trigger.v1",
        "dataschema": "urn:stammkunde:retention.triggers.v1",
        "time": day(0),
        "datacontenttype": "application/json",
    }
    assert event.get_data() == value
    assert datetime.fromisoformat(value["effective_at"]) == day(0)


def test_a_late_event_of_a_quiet_customer_takes_effect_at_the_partition_s_clock() -> None:
    """The clock passed the row by on day 15, when nothing was due; the order is of day 5."""
    shelf = Shelf(book=SEGMENTS)
    first, late = orders(day(0), day(5))
    shelf.take(records([first]))
    shelf.tick(day(15))
    changes = shelf.take([record(late, offset=2)], day(15))

    moves = [json.loads(each.value or b"") for each in changes.outputs]
    assert [move["to"] for move in moves] == ["potential_loyalist", "occasional"]
    assert {datetime.fromisoformat(move["effective_at"]) for move in moves} == {day(15)}
    assert shelf.row().as_of == from_datetime(day(15))
    assert shelf.row().clock == from_datetime(day(15))


def test_an_event_ahead_of_the_clock_takes_effect_at_its_own_time() -> None:
    """It is the customer's present then."""
    shelf = Shelf()
    first, second = orders(day(0), day(20))
    shelf.take(records([first]))
    shelf.take([record(second, offset=2)], day(15))

    assert datetime.fromisoformat(shelf.sent(topics.TRANSITIONS)[-1]["effective_at"]) == day(20)


def test_late_events_of_a_new_customer_do_not_depend_on_the_batch() -> None:
    """Both orders are older than the partition's clock, and nobody knew the customer."""
    first, second = records(orders(day(0), day(10)))
    one, two = Shelf(), Shelf()
    one.take([first, second], day(200))
    two.take([first], day(200))
    two.take([second], day(200))

    assert one.rows == two.rows
    assert one.outputs == two.outputs


def test_due_rows_walk_their_clock_in_the_order_given() -> None:
    """Each up to the instant, and no further."""
    shelf = Shelf(book=SEGMENTS)
    messages = [order(day(0), "a", profile="foobar"), order(day(1), "b", profile="abc")]
    shelf.take(records(messages))
    changes = shelf.tick(day(25))

    assert [each.key for each in changes.outputs] == [b"foobar", b"abc"]
    assert [each["rule"] for each in shelf.sent(topics.TRIGGERS)] == ["second_purchase"] * 2
    assert changes.rows[b"foobar"].wake_at == from_datetime(day(30))
    assert shelf.row(b"abc").as_of == from_datetime(day(25))


def test_a_due_key_without_a_row_is_left_alone() -> None:
    """There is nobody to wake."""
    changes = Shelf().journey.on_due({}, [b"nobody"], from_datetime(day(1)), batch_time(day(1)))

    assert (changes.rows, changes.outputs) == ({}, [])


def test_a_duplicate_writes_nothing_out() -> None:
    """In the same batch, or in a later one."""
    shelf = Shelf()
    again = records(orders(day(0)) * 2)
    shelf.take(again)
    assert [move["to"] for move in shelf.sent(topics.TRANSITIONS)] == ["new", "first_time_buyer"]
    before, sent = dict(shelf.rows), len(shelf.outputs)
    shelf.take(again)

    assert len(shelf.outputs) == sent == 2
    assert shelf.rows == before


@not_compiled
def test_a_batch_decodes_and_encodes_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many of its records are about one customer."""
    decoded: list[bytes] = []
    encoded: list[str] = []

    def decode(value: bytes) -> State:
        decoded.append(value)
        return decode_row(value)

    def encode(state: State) -> bytes:
        encoded.append(state.customer_id)
        return encode_row(state)

    shelf = Shelf()
    shelf.take(records(orders(day(0))))
    monkeypatch.setattr(batch, "read_entry", decode)
    monkeypatch.setattr(batch, "encode_row", encode)
    messages: list[Json] = [visit(day(n)) for n in range(1, 9)] + [
        order(day(1), "x", profile="abc")
    ]
    shelf.take(records(messages))

    assert len(decoded) == 1
    assert sorted(encoded) == ["abc", "c"]


def test_the_machine_s_clock_alone_says_what_lies_in_the_future() -> None:
    """Also in a replay, whose own time is long ago."""
    shelf = Shelf(now=from_datetime(day(10)))
    shelf.take(records([order(day(11), "a"), order(day(11) + MICROSECOND, "b")]), day(3))

    assert shelf.row().scores.orders_total == 1
    [letter] = [each for each in shelf.outputs if each.topic == topics.DEAD_LETTERS]
    assert dict(letter.headers)["reason"] == b"time_in_future"


def test_an_order_of_before_all_memory_is_not_the_first_one() -> None:
    """A zero time is refused; the same order with its real time counts."""
    zero = order(day(0), "o") | {"timestamp": "1970-01-01T00:00:00Z", "messageId": "m-zero"}
    shelf = Shelf(now=from_datetime(day(1)))
    shelf.take(records([zero, order(day(0), "o"), order(day(-12_000), "old")]))

    assert (shelf.row().scores.orders_total, shelf.row().segment) == (1, "new")
    letters = [each for each in shelf.outputs if each.topic == topics.DEAD_LETTERS]
    assert [dict(each.headers)["reason"] for each in letters] == [b"time_too_early"] * 2


def test_an_extreme_timestamp_does_not_stop_the_partition() -> None:
    """Year 1 in Berlin is year 0 in UTC: a dead letter, and its neighbour is processed."""
    shelf = Shelf()
    extreme = order(day(0), "a") | {"timestamp": "0001-01-01T00:00:00+02:00"}
    shelf.take(records([extreme, order(day(0), "b")]))

    assert shelf.row().scores.orders_total == 1
    assert [each.topic for each in shelf.outputs].count(topics.DEAD_LETTERS) == 1


def test_the_oldest_timestamp_of_a_replay_can_be_processed() -> None:
    """The first instant that is no zero of a clock, whatever year the machine is in."""
    shelf = Shelf(book=compile_policy(BOOK.policy, sends_everything=True))
    shelf.take(records([order(day(0), "a") | {"timestamp": "1971-01-01T00:00:00Z"}]))
    shelf.take(records([order(day(0), "b")]))

    assert shelf.row().scores.orders_total == 2
    assert shelf.row().segment == "new"
