"""What the workers will refuse, by their own decoder and under the policy in force here."""

from collections.abc import Callable
from datetime import datetime

from aiokafka import ConsumerRecord

from services.replay.line import SourceLine
from services.replay.send import Headers, Judge
from topology.agents.decode import EventDecoder
from topology.agents.refusal import Refusal
from topology.domain.facts.instant import from_datetime


def judge_of(events: EventDecoder, headers: Headers, now: Callable[[], datetime]) -> Judge:
    """Give the reason for which a line that is sent now will be refused; None if it is taken."""

    def judge(line: SourceLine) -> str | None:
        instant = from_datetime(now())
        record = ConsumerRecord(
            line.topic, 0, 0, instant // 1000, 1, line.key, line.value, None, -1, -1, tuple(headers)
        )
        event = events.decode(record, instant)
        return str(event.reason) if isinstance(event, Refusal) else None

    return judge
