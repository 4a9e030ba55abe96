"""What happens to one customer stays in order, also over several topics."""

from datetime import UTC, datetime, timedelta

from services.tools.demo.topic_order import TopicOrder, barriers_of
from services.tools.replay.schedule import Pace, TimedLine
from services.tools.replay.source_lines import SourceLine

NOON = datetime(2026, 8, 5, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 8, 6, tzinfo=UTC)


def timed(key: str, topic: str, days: int) -> TimedLine:
    at = NOON + timedelta(days=days)
    return TimedLine(SourceLine(1, b"", topic, key.encode(), at, recognised=True), at)


def test_a_message_waits_where_its_customer_s_last_one_went_to_another_topic() -> None:
    messages = [
        timed("anna", "shop", 0),
        timed("rainer", "support", 0),
        timed("anna", "support", 1),
        timed("anna", "support", 2),
        timed("rainer", "support", 2),
        timed("anna", "shop", 3),
    ]
    assert barriers_of(messages) == {2: MIDNIGHT, 5: MIDNIGHT + timedelta(days=2)}


def test_one_topic_needs_no_waiting() -> None:
    assert barriers_of([timed("anna", "shop", day) for day in range(3)]) == {}


async def test_it_waits_until_the_midnight_before_has_taken_effect() -> None:
    clocks = iter([None, NOON, MIDNIGHT])
    waits = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    turns = TopicOrder(Pace(), {7: MIDNIGHT}, lambda: next(clocks), sleep)
    await turns.wait_for_turn(6)
    assert waits == []
    await turns.wait_for_turn(7)
    assert len(waits) == 2
