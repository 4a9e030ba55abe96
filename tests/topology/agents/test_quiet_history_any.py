"""Any history, cut anywhere, with the clock in between: what is sent, and what is left of it."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.topology.agents.arriving import A_SECOND, TODAY, Arriving, at_of
from tests.topology.domain.histories import bounded, histories
from tests.topology.domain.life import BOOK, Life, lived
from tests.topology.domain.messages import Json, event_from, visit
from topology.domain.history.instant import from_datetime, span

cuts = st.lists(st.integers(1, 5), min_size=1, max_size=12)
"""How many messages come in each batch; the last one takes what is left."""
pauses = st.lists(st.sampled_from([0.0, 0.5, 4.0, 60.0, 890.0]), min_size=1, max_size=12)
"""Seconds between two batches, in which the clock takes effect: less than it takes to settle."""


def batches(messages: list[Json], sizes: list[int]) -> list[list[Json]]:
    found, begin = [], 0
    for size in [*sizes, len(messages)]:
        found.append(messages[begin : begin + size])
        begin += size
    return [each for each in found if each]


def arrive(arriving: Arriving, messages: list[Json], sizes: list[int], waits: list[float]) -> None:
    for n, batch in enumerate(batches(messages, sizes)):
        arriving.take(batch)
        seconds = waits[n % len(waits)]
        if seconds:
            arriving.wait(timedelta(seconds=seconds))


WEEK = timedelta(days=7)


def of_long_ago(messages: list[Json]) -> list[Json]:
    """What is older than the age, wherever the history ends."""
    return [each for each in messages if at_of(each) < TODAY - WEEK]


@bounded
@given(histories(), cuts, pauses, st.integers(10, 600))
def test_a_history_in_order_ends_in_the_same_row_and_sends_what_was_due_of_late(
    messages: list[Json], sizes: list[int], waits: list[float], after: int
) -> None:
    """To the byte, but for when it was noticed: as if all of it had come in one batch."""
    messages = of_long_ago(shifted(messages, after))
    if not messages:
        return
    cut, whole = Arriving(), Arriving()
    arrive(cut, messages, sizes, waits)
    whole.now = cut.now
    whole.take(messages)
    end = cut.row().settles_at
    assert end is not None
    for each in (cut, whole):
        each.wait(timedelta(microseconds=max(end, whole.row().settles_at or 0) - each.now))

    assert cut.row() == whole.row()
    assert [without_notice(each) for each in cut.triggers()] == [
        without_notice(each) for each in whole.triggers()
    ]
    assert [without_notice(each) for each in cut.transitions()] == [
        without_notice(each) for each in whole.transitions()
    ]
    live = lived(messages, cut.now)
    of_late = {
        each.trigger_id
        for each in live.triggers
        if from_datetime(each.effective_at) >= cut.now - span(WEEK)
    }
    assert {each["trigger_id"] for each in cut.triggers()} == of_late
    assert cut.row().memory.fired == live.row.memory.fired


@bounded
@given(
    histories(),
    st.randoms(use_true_random=False),
    cuts,
    pauses,
    st.integers(10, 600),
    st.sampled_from([[], [visit(TODAY - timedelta(minutes=1))]]),
)
def test_a_history_in_any_order_sends_nothing_that_a_live_one_would_not_have_sent(
    messages: list[Json],
    order: Random,
    sizes: list[int],
    waits: list[float],
    after: int,
    today: list[Json],
) -> None:
    """Also of somebody who was here today; and the standing in the end is the same."""
    messages = of_long_ago(shifted(messages, after))
    if not messages:
        return
    mixed = list(messages)
    order.shuffle(mixed)
    arriving = Arriving()
    arriving.take(today)
    arriving.wait(A_SECOND)
    arrive(arriving, mixed, sizes, waits)
    arriving.settle()
    live = Life(BOOK)
    for message in [*messages, *today]:
        live.process(event_from(message))
    live.wait_until(arriving.now)

    assert arriving.row().history == live.row.history
    assert_no_more_than(arriving, live)


def assert_no_more_than(arriving: Arriving, live: Life) -> None:
    """The same figures and standing, and nothing sent but what the live one got within a week."""
    row = arriving.row()
    assert row.scores == live.row.scores
    assert (row.segment, row.stage, row.tier, row.care) == (
        live.row.segment,
        live.row.stage,
        live.row.tier,
        live.row.care,
    )
    due = from_datetime(TODAY) - span(WEEK)
    of_late = {
        (each.rule, each.effective_at.isoformat().replace("+00:00", "Z"))
        for each in live.triggers
        if from_datetime(each.effective_at) >= due
    }
    assert {(each["rule"], each["effective_at"]) for each in arriving.triggers()} <= of_late


def shifted(messages: list[Json], after: int) -> list[Json]:
    """The same history, ending so many days before today (or later: see `of_long_ago`)."""
    last = at_of(messages[-1])
    shift = TODAY - timedelta(days=after / 10) - last
    return [
        each | {"timestamp": (datetime.fromisoformat(each["timestamp"]) + shift).isoformat()}
        for each in messages
    ]


def without_notice(trigger: dict[str, Any]) -> dict[str, Any]:
    transition = trigger.get("transition")
    kept = {
        k: v for k, v in trigger.items() if k not in ("created_at", "observed_at", "transition")
    }
    if transition:
        kept["transition"] = without_notice(transition)
    return kept


@bounded
@given(histories(), st.data(), cuts, pauses, st.integers(10, 600))
def test_a_history_under_two_names_sends_nothing_that_one_name_would_not_have_sent(
    messages: list[Json], data: st.DataObject, sizes: list[int], waits: list[float], after: int
) -> None:
    """Some of it under a device's name; somewhere in it, or today, the customer says who it is."""
    messages = of_long_ago(shifted(messages, after))
    if not messages:
        return
    is_device = [data.draw(st.booleans()) for _ in messages]
    mixed = [
        _of_a_device(each) if is_one else each
        for each, is_one in zip(messages, is_device, strict=True)
    ]
    place = data.draw(st.integers(0, len(messages)))
    at = at_of(messages[place]) if place < len(messages) else TODAY - timedelta(seconds=30)
    joined = _identify(at)
    arriving = Arriving()
    arriving.wait(A_SECOND)
    arrive(arriving, [*mixed[:place], joined, *mixed[place:]], sizes, waits)
    arriving.settle()
    live = Life(BOOK)
    for message in [*messages[:place], joined, *messages[place:]]:
        live.process(event_from(message))
    live.wait_until(arriving.now)

    assert_no_more_than(arriving, live)


def _of_a_device(message: Json) -> Json:
    return {k: v for k, v in message.items() if k != "userId"} | {"anonymousId": "device"}


def _identify(at: datetime) -> Json:
    return {
        "type": "identify",
        "messageId": "who",
        "userId": "c",
        "anonymousId": "device",
        "timestamp": at.isoformat(),
        "traits": {},
    }
