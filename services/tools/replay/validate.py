"""What the workers will refuse, by their own decoder and under the policy in force here."""

from collections.abc import Callable
from datetime import datetime

from services.tools.replay.line import SourceLine
from services.tools.replay.send import Headers, Validator, headers_of
from topology.agents.dead_letters import Refusal
from topology.agents.decode import EventDecoder
from topology.agents.received import as_received
from topology.domain.history.instant import from_datetime


def validator_of(events: EventDecoder, headers: Headers, now: Callable[[], datetime]) -> Validator:
    """Give the reason for which a line that is sent now will be refused; None if it is taken."""

    def validator(line: SourceLine) -> str | None:
        instant = from_datetime(now())
        record = as_received(
            line.topic, line.value, instant, key=line.key, headers=headers_of(line, headers)
        )
        event = events.decode(record, instant)
        return str(event.reason) if isinstance(event, Refusal) else None

    return validator
