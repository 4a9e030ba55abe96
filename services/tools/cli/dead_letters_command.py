"""The work of `stammkunde dead-letters`: directly in Kafka, without the API."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import topics
from services.dead_letters.dead_letter import DeadLetter, LetterId
from services.dead_letters.erased import ErasedLetters, erased_letters
from services.dead_letters.page import Bounds, newest_first
from services.dead_letters.reader import DeadLetterReader, open_dead_letters
from services.dead_letters.retry import (
    RetryContext,
    RetryResult,
    RetryTotals,
    Send,
    missing_results,
    retry_letters,
)
from services.dead_letters.selection import Selection
from services.dead_letters.view import ListedLetter
from services.ingest.event_producer import Record, send_all
from services.ingest.intake import Limits
from services.ingest.routing import table_with
from services.platform.compacted.table import CompactedTable
from services.platform.erasure_salt import salt_of
from services.platform.faults import FaultError
from services.platform.kafka.security import security_of
from services.platform.policies.in_force import fetch_policy_in_force
from services.platform.settings import Settings
from services.tools.replay.send import open_producer
from topology.agents.decode import EventDecoder
from topology.domain.policy.compile import compile_policy

UNBOUNDED_S = float("inf")


@dataclass(frozen=True, slots=True)
class Connection:
    """The Kafka to read, and the settings to reach it."""

    settings: Settings
    kafka: str

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[tuple[DeadLetterReader, ErasedLetters]]:
        """Open the dead letters, and find out who was erased."""
        security = security_of(self.settings)
        table = CompactedTable(
            self.kafka, topics.ERASURES, log=structlog.get_logger(), security=security
        )
        async with open_dead_letters(self.kafka, security) as reader, table:
            yield reader, erased_letters(salt_of(self.settings), table.items())


@dataclass(frozen=True, slots=True)
class RetryOptions:
    """Which letters to retry: those with the ids, else all that pass the filter."""

    ids: Sequence[LetterId]
    selection: Selection
    limit: int | None = None


@dataclass(slots=True)
class RetryReport(RetryTotals):
    """What became of the letters, and the version of the policy that decided."""

    policy: str = ""
    details: dict[str, str] = field(default_factory=dict)
    """By reason, the first detail of a letter that was not sent."""


async def newest(connection: Connection, selection: Selection, limit: int) -> list[ListedLetter]:
    """Read the selected letters, newest first."""
    found: list[ListedLetter] = []
    async with connection.reading() as (reader, erased):
        cursor = None
        while len(found) < limit:
            bounds = Bounds(limit - len(found), time.monotonic, time_s=UNBOUNDED_S)
            page = await newest_first(reader, selection, cursor, bounds, erased.has)
            found += page.letters
            cursor = page.next
            if cursor is None:
                break
    return found


async def one(connection: Connection, letter_id: LetterId) -> DeadLetter | None:
    """Read one letter; None if Kafka does not have it, or if it names an erased customer."""
    async with connection.reading() as (reader, erased):
        letter = await reader.read_one(letter_id)
        return None if letter is None or erased.has(letter) else letter


async def try_again(
    connection: Connection,
    wanted: RetryOptions,
    on_result: Callable[[RetryResult], None] | None = None,
    *,
    sending: bool = False,
) -> RetryReport:
    """Retry letters; without `sending` only find out what would become of them.

    Raises:
        FaultError: Kafka is away, or stops accepting messages.
    """
    settings = connection.settings
    policy = (await fetch_policy_in_force(settings, connection.kafka)).policy
    book = compile_policy(policy, sends_everything=settings.clock == "topic")
    report = RetryReport(policy=policy.version)
    async with AsyncExitStack() as opened:
        reader, erased = await opened.enter_async_context(connection.reading())
        send: Send | None = None
        if sending:
            opening = open_producer(connection.kafka, security_of(settings))
            send = sender(await opened.enter_async_context(opening))
        context = RetryContext(
            EventDecoder(book.exchange, book.oldest_event, book.kept),
            table_with(settings.event_topics),
            Limits().event_bytes,
            erased,
            datetime.now(UTC),
            may_unsuppress=True,  # Whoever reaches Kafka could write the message there as well.
        )
        async for letters in _wanted(reader, wanted):
            _count(report, await retry_letters(letters, context, send), on_result)
        if wanted.ids:
            _count(report, missing_results(wanted.ids, report.seen), on_result)
    return report


def sender(producer: AIOKafkaProducer) -> Send:
    """Send with a producer, and return once all replicas have the records."""

    async def send(records: Sequence[Record]) -> None:
        try:
            await send_all(producer, records)
        except KafkaError as error:
            msg = (
                f"Kafka stopped accepting messages ({type(error).__name__}). Run the command "
                "again: a message that is sent twice counts once."
            )
            raise FaultError(msg) from error

    return send


async def _wanted(
    reader: DeadLetterReader, wanted: RetryOptions
) -> AsyncIterator[Sequence[DeadLetter]]:
    if wanted.ids:
        for each in dict.fromkeys(wanted.ids):
            letter = await reader.read_one(each)
            if letter is not None:
                yield [letter]
        return
    left = wanted.limit
    ranges = await reader.ranges(wanted.selection.since, wanted.selection.until)
    async for letters in reader.oldest_first(ranges):
        found = [each for each in letters if wanted.selection.wants(each)][:left]
        if left is not None:
            left -= len(found)
        yield found
        if left == 0:
            return


def _count(
    report: RetryReport,
    tried: Sequence[RetryResult],
    on_result: Callable[[RetryResult], None] | None,
) -> None:
    report.add(tried)
    for each in tried:
        if each.decision.detail:
            report.details.setdefault(each.decision.reason, each.decision.detail)
        if on_result is not None:
            on_result(each)
