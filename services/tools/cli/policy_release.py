"""The work of `stammkunde policy publish --release`: what the switch held is released at a rate."""

import re
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from typing import NamedTuple

import click
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas.audit import AuditedAction
from schemas.held import HeldReason, HeldStatus, HeldTrigger
from schemas.policy_publication import PolicyPublication
from schemas.topics import HELD, changelog
from services.api.held_commands import Chosen, commands, newest_of_each_customer, turns
from services.ingest.event_producer import Record, send_all
from services.platform.audit.command_audit import audited_command
from services.platform.faults import KafkaUnreachableError
from services.platform.kafka.clients import connected_consumer, connected_producer
from services.platform.kafka.security import security_of
from services.platform.kafka.topic_reader import (
    next_records,
    offsets_at,
    partitions_of,
    read_until,
)
from services.platform.settings import Settings
from topology.batching.clock import CLOCK_KEY, decode_clock
from topology.batching.security import KafkaSecurity
from topology.domain.history.instant import Instant, from_datetime, to_datetime

_WAIT_MS = 200
_RATE = re.compile(r"([1-9][0-9]{0,5})/hour")


def per_hour_of(rate: str) -> int:
    """Read a rate such as 200/hour.

    Raises:
        click.BadParameter: it is none.
    """
    match = _RATE.fullmatch(rate)
    if match is None:
        message = f"{rate!r} is no rate; write it as 200/hour"
        raise click.BadParameter(message, param_hint="--release")
    return int(match[1])


class Released(NamedTuple):
    """How many the workers decide on, how many older ones of the same customers stay, and when."""

    asked: int
    older: int
    until: datetime | None

    def as_json(self) -> dict[str, object]:
        """For programs."""
        until = None if self.until is None else self.until.isoformat()
        return {"release_asked": self.asked, "older": self.older, "until": until}

    def as_text(self, per_hour: int) -> str:
        """For people."""
        if self.until is None:
            return "The switch has held nothing."
        older = f" {self.older:,} older ones of the same customers stay held." * bool(self.older)
        return (
            f"The workers decide on {self.asked:,} held triggers, {per_hour:,} an hour, until "
            f"{self.until:%Y-%m-%d %H:%M:%S} UTC.{older} GET /v1/held shows them."
        )


async def release_what_it_held(
    settings: Settings,
    kafka: str,
    publication: PolicyPublication,
    per_hour: int,
    now: Callable[[], datetime],
) -> Released:
    """Wait until every partition has gone on, and release what the switch held, at a rate.

    The workers decide on each release when its turn comes. It waits for as long as no worker runs.
    Those on which somebody has decided stay as they are, so it may be asked for again.

    Raises:
        KafkaUnreachableError: Kafka is away. The policy is published all the same.
    """
    security = security_of(settings)
    try:
        async with connected_consumer(kafka, security, fetch_max_wait_ms=_WAIT_MS) as consumer:
            await _until_gone_on(consumer, changelog(settings.app_id), publication)
            held = [each async for each in _held_by(consumer, publication)]
        chosen = newest_of_each_customer(Chosen(held))
        times = turns(len(chosen.held), from_datetime(now()), per_hour)
        by = publication.published_by or "policy publish"
        records = commands(settings.app_id, chosen.held, by, dismisses=False, not_before=times)
        async with audited_command(
            kafka, AuditedAction.RELEASE_HELD, publication.version, security
        ):
            await _send(kafka, security, records)
    except (KafkaError, OSError):
        raise KafkaUnreachableError(kafka) from None
    until = to_datetime(times[-1]) if times else None
    return Released(len(chosen.held), len(held) - len(chosen.held), until)


async def _until_gone_on(
    consumer: AIOKafkaConsumer, rows: str, publication: PolicyPublication
) -> None:
    """Wait until the clock of each partition has passed the instant.

    A worker writes the clock when all that was due by then is decided, and so all that it held.
    """
    left = set(await _since(consumer, rows, publication))
    instant: Instant = from_datetime(publication.in_force_from)
    while left:
        for each in await next_records(consumer, _WAIT_MS):
            if each.key == CLOCK_KEY and each.value and decode_clock(each.value) > instant:
                left.discard(TopicPartition(each.topic, each.partition))


async def _held_by(
    consumer: AIOKafkaConsumer, publication: PolicyPublication
) -> AsyncIterator[HeldTrigger]:
    """What the switch held, and nobody has decided on."""
    places = await _since(consumer, HELD, publication)
    latest: dict[str, HeldTrigger] = {}
    async for records in read_until(consumer, await consumer.end_offsets(places), wait_ms=_WAIT_MS):
        latest |= {held.trigger_id: held for held in map(_read, records)}
    for held in latest.values():
        is_open = held.status is HeldStatus.HELD and held.reason is HeldReason.POLICY
        if is_open and held.policy_version == publication.version:
            yield held


def _read(record: ConsumerRecord) -> HeldTrigger:
    return HeldTrigger.model_validate_json(record.value or b"")


async def _since(
    consumer: AIOKafkaConsumer, topic: str, publication: PolicyPublication
) -> list[TopicPartition]:
    """Assign a topic's partitions to the consumer, from when the policy was published."""
    places = await partitions_of(consumer, [topic])
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    begin = await offsets_at(consumer, places, publication.published_at, ends)
    for place, offset in begin.items():
        consumer.seek(place, offset)
    return places


async def _send(kafka: str, security: KafkaSecurity, records: Iterable[Record]) -> None:
    async with connected_producer(kafka, security) as producer:
        await send_all(producer, records)
