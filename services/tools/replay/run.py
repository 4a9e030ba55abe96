"""Runs a replay: reads the recording through, checks the topics, sends."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Protocol

from schemas import topics
from services.platform.faults import FaultError
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.topics.existing import existing_topics
from services.tools.replay.schedule import (
    Pacer,
    RecordingSummary,
    Tick,
    TimedLine,
    in_time_order,
    summarize,
    timed,
    with_ticks,
)
from services.tools.replay.send import (
    NOTHING_YET,
    Headers,
    Progress,
    Sender,
    Validator,
    open_producer,
)
from services.tools.replay.source_lines import SourceLine
from services.tools.replay.worker_refusals import SentOffsets
from topology.batching.security import OPEN, KafkaSecurity

Recording = Callable[[], Iterable[SourceLine]]
"""Returns all lines from the first on, each time it is called."""

Schedule = Callable[[Iterable[TimedLine]], Iterable[TimedLine | Tick]]
"""Puts ticks between messages in time order, or none."""


def accepts_all(_: SourceLine) -> None:
    """Accept every line."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The target of a replay, its speed and its clock. `until` is its end, if that is set."""

    kafka: str
    schedule: Schedule
    pace: Pacer
    until: datetime | None = None
    security: KafkaSecurity = OPEN
    after: Progress = NOTHING_YET
    """What Kafka has acknowledged before; these messages and ticks are left out."""
    headers: Headers = ()
    """The headers of each message, see `schemas.messages.record_headers`."""
    validator: Validator = accepts_all
    """Finds messages that the workers will refuse; they are sent nevertheless."""
    sent_offsets: SentOffsets = field(default_factory=SentOffsets)
    """The offsets of the messages, filled while they are sent."""


class ProgressListener(Protocol):
    """Gets the number of messages first, then the progress."""

    def expect(self, messages: int) -> None:
        """Record how many messages there are."""

    def __call__(self, progress: Progress) -> None:
        """Record the progress."""


def ticking(until: datetime | None) -> Schedule:
    """Tick at each midnight, and last at `until` or the midnight after the last message."""
    return partial(with_ticks, until=until)


def without_ticks(messages: Iterable[TimedLine]) -> Iterable[TimedLine]:
    """Send messages only."""
    return messages


async def replay(record: Recording, plan: Plan, listener: ProgressListener) -> Progress:
    """Replay a recording.

    Raises:
        FaultError: it has messages after `until`, a topic is missing, or Kafka is away or refuses.
    """
    partitions = await _clock_partitions(plan.kafka, plan.security)
    summary = await asyncio.to_thread(lambda: summarize(record()))
    _check_end(summary, plan.until)
    listener.expect(summary.lines)
    in_order = timed if summary.in_order else in_time_order
    messages = await asyncio.to_thread(lambda: in_order(record()))
    async with open_producer(plan.kafka, plan.security) as producer:
        sender = Sender(
            producer,
            partitions,
            plan.pace,
            listener,
            plan.after,
            headers=plan.headers,
            validator=plan.validator,
            sent_offsets=plan.sent_offsets,
        )
        done = plan.after.messages + plan.after.ticks
        return await sender.send(islice(plan.schedule(messages), done, None))


def _check_end(summary: RecordingSummary, until: datetime | None) -> None:
    if until and summary.last and until < summary.last:
        msg = (
            f"The replay can't end at {until:%FT%TZ}: its last message is of {summary.last:%FT%TZ}."
        )
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
