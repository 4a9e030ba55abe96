"""Whatever the validator takes, every reader of it answers."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from aiokafka import ConsumerRecord
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import msgpack
from rich.console import Console

from schemas import topics
from schemas.customer import Customer, RuleExplanation
from schemas.customer_export import CustomerExport
from schemas.dead_letter import DeadLetterHeaders
from schemas.held import HeldTrigger
from schemas.transition import Transition
from schemas.trigger import Trigger
from services.api.answers import Listing, json_of, listing_of
from services.api.streams import event_stream
from services.projector.records import read_held, read_rows, read_transitions, read_triggers
from services.read_model.erased_history import effective_at
from services.read_model.transitions import TransitionPlace, place_of
from services.read_model.trigger_log import TriggerRef
from services.tools.demo.display import DrawnSnapshot
from services.tools.demo.snapshot import WIN_BACK, Snapshot, dropped, won_back
from services.webhooks.message import message_of, open_trigger
from tests.services.anything import ODD_TRAITS, WORST, messages, worst
from tests.topology.agents.partitions import Partitions
from tests.topology.agents.records import NOW, record
from tests.topology.domain import test_rows_of_older_versions as older_rows
from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import (
    complaint,
    day,
    delivered,
    did,
    identified,
    orders,
    refund,
    resolution,
    review,
    suppressed,
    track,
)
from topology.agents.batch import held_output, transition_output, trigger_output
from topology.batching.handler import Output
from topology.domain.advance import advance
from topology.domain.history.instant import (
    DAY,
    LATEST,
    NEVER,
    ZERO_TIMES_END,
    Instant,
    from_datetime,
    to_datetime,
)
from topology.domain.history.state import State
from topology.domain.rows.row import LARGEST_ROW, encode_row, read_entry, wake_of
from topology.domain.view.explain import explain
from topology.domain.view.records import records_of
from topology.domain.view.view import describe

many = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


def consumed(output: Output, offset: int) -> ConsumerRecord[bytes, bytes]:
    """An output as its readers get it."""
    made = record(output.value, key=output.key, offset=offset, topic=output.topic)
    made.headers = tuple(output.headers)
    return made


def assert_answered(outputs: Iterable[Output], rows: dict[bytes, bytes], as_of: Instant) -> None:
    """Every answer about these rows, and about what has come of them, can be written."""
    records = [consumed(each, offset) for offset, each in enumerate(outputs)]
    transitions = [each for each in records if each.topic == topics.TRANSITIONS]
    triggers = [each for each in records if each.topic == topics.TRIGGERS]
    read_changes, raised = read_transitions(0, transitions), read_triggers(0, triggers)
    assert not (*read_changes.unreadable, *raised.unreadable)
    held = assert_held_is_read([each for each in records if each.topic == topics.HELD])
    for entry in (*read_changes.records, *raised.records):
        ref = TriggerRef(0, entry.offset, entry.appended_ms, entry.rule, entry.customer_id)
        assert TriggerRef.from_text(0, ref.to_text()) == ref
        assert effective_at(entry.body) == entry.effective_at
    changes = tuple(Transition.model_validate_json(each.value) for each in transitions)
    asked = tuple(Trigger.model_validate_json(each.value) for each in triggers)
    for found, each in zip((*changes, *asked), (*transitions, *triggers), strict=True):
        data = found.model_dump_json(by_alias=True).encode()
        assert data == each.value  # The API hands on the bytes, in the form of the contract.
        assert len(event_stream.event("e", "1", data).decode().splitlines()) == 4
    at = to_datetime(as_of)
    page = Listing[Trigger](items=asked, next="next", as_of=at)
    assert listing_of([each.value for each in triggers], "next", at).body == json_of(page).body
    for each in transitions:
        place = place_of(each.value)
        assert TransitionPlace.from_bytes(place.to_bytes()) == place
    for each in triggers:
        assert json.loads(message_of(each).body)["data"] == json.loads(each.value)
        open_trigger(message_of(each))
        assert all(value.decode().isprintable() for _, value in each.headers)
    leaving = tuple(filter(None, map(dropped, changes)))
    back = tuple(
        filter(None, (won_back(each.model_copy(update={"rule": WIN_BACK})) for each in asked))
    )
    snapshot = Snapshot(latest_won_back=back, latest_dropped=leaving)
    Console(file=StringIO(), width=80).print(DrawnSnapshot(snapshot))
    for letter in (each for each in records if each.topic == topics.DEAD_LETTERS):
        DeadLetterHeaders.model_validate({k: v.decode() for k, v in letter.headers})
    read = read_rows(0, [consumed(Output("rows", *row, (), 0), 0) for row in rows.items()])
    assert not read.unreadable
    for key, value in rows.items():
        assert len(value) <= LARGEST_ROW
        entry_ = read_entry(value)
        if isinstance(entry_, State):
            assert_viewed(key.decode(), entry_, as_of, changes, asked, held)


def assert_held_is_read(
    records: Sequence[ConsumerRecord[bytes, bytes]],
) -> tuple[HeldTrigger, ...]:
    """Held triggers can be read, and are in the form of the contract to the byte."""
    assert not read_held(0, records).unreadable
    held = tuple(HeldTrigger.model_validate_json(each.value) for each in records)
    assert [each.model_dump_json().encode() for each in held] == [each.value for each in records]
    return held


def assert_viewed(
    key: str,
    state: State,
    as_of: Instant,
    transitions: tuple[Transition, ...] = (),
    triggers: tuple[Trigger, ...] = (),
    held: tuple[HeldTrigger, ...] = (),
) -> None:
    """The customer, the explanation of each rule, the export, and the frame of a stream."""
    customer = describe(key, state, BOOK, as_of)
    page = Listing[Customer](items=(customer,), next=None, as_of=customer.as_of)
    assert json.loads(bytes(json_of(page).body))["items"][0]["customer_id"] == state.customer_id
    frame = event_stream.event("c", "1", customer.model_dump_json(by_alias=True).encode())
    assert len(frame.decode().splitlines()) == 4
    explained = explain(state, BOOK, as_of)
    json_of(Listing[RuleExplanation](items=explained, next=None, as_of=customer.as_of))
    records = records_of(state)
    export = CustomerExport(
        customer=customer,
        records=records,
        transitions=transitions,
        triggers=triggers,
        held=held,
    )
    assert CustomerExport.model_validate_json(bytes(json_of(export).body)).records == records


@many
@given(st.lists(messages(), min_size=1, max_size=12), st.sampled_from([0, 1, 60, 400, 9000]))
def test_whatever_is_taken_every_reader_answers(values: list[bytes], later: int) -> None:
    """Messages of every event that say anything: through the worker, and days afterwards."""
    there = Partitions(count=2)
    for number, value in enumerate(values):
        there.produce(value, at=number % 2)
    there.drain()
    until = NOW + later * DAY
    for partition in range(2):
        there.tick(partition, until)
    there.drain()

    rows = {key: value for each in there.rows for key, value in each.items()}
    assert_answered(there.outputs, rows, until)
    for value in rows.values():
        assert encode_row(read_entry(value)) == value


def test_the_worst_that_is_taken_every_reader_answers() -> None:
    """Each text in all places, and numbers that no row has room for."""
    there = Partitions(count=1)
    there.produce(*worst(), at=0)
    there.drain()
    there.tick(0, NOW)
    there.drain()

    assert_answered(there.outputs, there.rows[0], NOW)
    assert {each.customer_id for each in there.people()} >= set(WORST)
    kept = {each.name: each.value for each in there.people()[0].history.person.traits}
    odd = {name: value for name, value in kept.items() if name in ODD_TRAITS}
    assert sorted(map(repr, odd.values())) == sorted(
        map(repr, (1e308, -0.0, 5e-324, True, 2**63 - 1))
    )


OLDER = [getattr(older_rows, f"_VERSION_{version}") for version in (1, 2, 3, 4)]
"""Rows that earlier releases wrote."""
OF_NOW = (
    lived(
        [
            *orders(day(0), day(1)),
            refund(day(2), "o1", 1.0),
            refund(day(2), "o-of-nobody"),
            track("Order Updated", day(3), "u", order_id="o2", total=5.0),
            complaint(day(3)),
            resolution(day(4)),
            review(day(4), 5),
            identified(day(5), consent={"email": True}, birthday="1980-02-29", timezone="UTC"),
            suppressed(day(5)),
            did("Social Followed", day(5), network="x"),
            did("Newsletter Subscribed", day(5)),
            delivered(day(6)),
        ],
        day(100),
    ).row,
)
FIRST = from_datetime(datetime.min.replace(tzinfo=UTC))
instants = st.sampled_from(
    [
        *(FIRST, -1, 0, ZERO_TIMES_END - 1),
        *(LATEST, LATEST - 1),
    ]
)
beyond = st.sampled_from(
    [-(1 << 63), -(1 << 62), FIRST - 1, LATEST + 1, NEVER - 1, NEVER, (1 << 63) - 1]
)


@many
@given(st.data(), st.sampled_from([*OLDER, *map(encode_row, OF_NOW)]), instants)
def test_whatever_instants_a_row_has_every_reader_answers(
    data: st.DataObject, row: bytes, until: Instant
) -> None:
    """An earlier release, which believed every time, may have written it; the clock goes on.

    What lies beyond the calendar none has written: it is shown all the same.
    """
    is_real = data.draw(st.booleans())
    some = instants if is_real else instants | beyond

    def odd(value: Any) -> Any:
        if isinstance(value, list):
            return [odd(each) for each in value]
        is_instant = isinstance(value, int) and value > ZERO_TIMES_END
        return data.draw(some) if is_instant and data.draw(st.booleans()) else value

    value = msgpack.encode(odd(msgpack.decode(row)))
    state = read_entry(value)
    assert isinstance(state, State)
    assert_answered((), {b"c": value}, until)
    wake_of(value, BOOK)
    wakes = state.wake_at is None or state.wake_at > state.as_of  # As every release wrote it.
    if wakes and is_real:
        step = advance(state, None, min(until, state.as_of + 1000 * DAY), BOOK)
        assert step.state is not None
        read_changes = [transition_output(b"c", each, None) for each in step.transitions]
        raised = [trigger_output(b"c", each, None) for each in step.triggers]
        waiting = [held_output(b"c", each, None) for each in step.held]
        assert_answered([*read_changes, *raised, *waiting], {b"c": encode_row(step.state)}, until)
