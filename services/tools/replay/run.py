"""A whole replay: look through the recording, check the topics, send."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Protocol

from schemas import topics
from services.platform.faults import FaultError
from services.platform.kafka.topics.connect import connected_admin
from services.platform.kafka.topics.existing import existing_topics
from services.tools.replay.arrivals import Arrivals
from services.tools.replay.chronology import Placed, Span, in_time_order, placed, span_of
from services.tools.replay.line import SourceLine
from services.tools.replay.pace import Turns
from services.tools.replay.schedule import Tick, with_ticks
from services.tools.replay.send import (
    NOTHING_YET,
    Headers,
    Progress,
    Sender,
    Validator,
    open_producer,
)
from topology.batching.security import OPEN, KafkaSecurity

Recording = Callable[[], Iterable[SourceLine]]
"""Gives all lines, from the first on, as often as it is called."""

Schedule = Callable[[Iterable[Placed]], Iterable[Placed | Tick]]
"""Puts ticks between messages in time order, or leaves them as they are."""


def takes_all(_: SourceLine) -> None:
    """Refuse no line."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a replay goes, how fast, and with which clock. `until` is its end, if that is set."""

    kafka: str
    schedule: Schedule
    pace: Turns
    until: datetime | None = None
    security: KafkaSecurity = OPEN
    after: Progress = NOTHING_YET
    """What has been acknowledged before, and is left out."""
    headers: Headers = ()
    """What each message is sent with, see `schemas.messages.record_headers`."""
    validator: Validator = takes_all
    """By what messages are judged; all of them are sent."""
    arrivals: Arrivals = field(default_factory=Arrivals)
    """Where they have arrived, to be known afterwards."""


class Audience(Protocol):
    """Who hears of a replay: first how many messages there are, then what is acknowledged."""

    def expect(self, messages: int) -> None:
        """Hear how many messages there are."""

    def __call__(self, progress: Progress) -> None:
        """Hear how far it is."""


def ticking(until: datetime | None) -> Schedule:
    """Tick at each midnight, and last at `until` or the midnight after the last message."""
    return partial(with_ticks, until=until)


def without_ticks(messages: Iterable[Placed]) -> Iterable[Placed]:
    """Send messages only."""
    return messages


async def replay(record: Recording, plan: Plan, audience: Audience) -> Progress:
    """Replay a recording.

    Raises:
        FaultError: it goes on after `until`, a topic is missing, or Kafka is away or refuses.
    """
    partitions = await _clock_partitions(plan.kafka, plan.security)
    span = await asyncio.to_thread(lambda: span_of(record()))
    _check_end(span, plan.until)
    audience.expect(span.lines)
    in_order = placed if span.in_order else in_time_order
    messages = await asyncio.to_thread(lambda: in_order(record()))
    async with open_producer(plan.kafka, plan.security) as producer:
        sender = Sender(
            producer,
            partitions,
            plan.pace,
            audience,
            plan.after,
            headers=plan.headers,
            validator=plan.validator,
            arrivals=plan.arrivals,
        )
        done = plan.after.messages + plan.after.ticks
        return await sender.send(islice(plan.schedule(messages), done, None))


def _check_end(span: Span, until: datetime | None) -> None:
    if until and span.last and until < span.last:
        msg = f"The replay can't end at {until:%FT%TZ}: its last message is of {span.last:%FT%TZ}."
        raise FaultError(msg)


async def _clock_partitions(kafka: str, security: KafkaSecurity) -> int:
    needed = (*topics.SOURCES, topics.CLOCK)
    async with connected_admin(kafka, security) as admin:
        existing = await existing_topics(admin, needed)
    missing = [name for name in needed if name not in existing]
    if missing:
        msg = (
            f"Kafka at {kafka} has no topic {', '.join(missing)}: create the topics with "
            "`stammkunde topics create`, or start everything with `stammkunde up`."
        )
        raise FaultError(msg)
    return existing[topics.CLOCK].partitions
