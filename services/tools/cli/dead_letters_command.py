"""What `stammkunde dead-letters` does: straight in Kafka, without the API."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import topics
from schemas.policy import load_default_policy, load_policy
from services.dead_letters.dead_letter import DeadLetter, LetterId
from services.dead_letters.erased import ErasedLetters, erased_letters
from services.dead_letters.page import Bounds, newest_first
from services.dead_letters.reader import LetterLog, open_letters
from services.dead_letters.retry import Report, RetryDoors, Send, Tried, missing, tried_again
from services.dead_letters.selection import Selection
from services.dead_letters.view import ListedLetter
from services.ingest.event_producer import Record
from services.ingest.limits import Limits
from services.ingest.routing import table_with
from services.platform.compacted.table import CompactedTable
from services.platform.erasure_salt import salt_of
from services.platform.faults import FaultError
from services.platform.kafka.security import security_of
from services.platform.settings import Settings
from services.tools.replay.send import open_producer
from topology.agents.decode import EventDecoder
from topology.domain.policy.compile import compile_policy

UNBOUNDED_S = float("inf")


@dataclass(frozen=True, slots=True)
class Connection:
    """Which Kafka, and the settings to reach it."""

    settings: Settings
    kafka: str

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[tuple[LetterLog, ErasedLetters]]:
        """Read the dead letters, and know who was erased."""
        security = security_of(self.settings)
        table = CompactedTable(
            self.kafka, topics.ERASURES, log=structlog.get_logger(), security=security
        )
        async with open_letters(self.kafka, security) as log, table:
            yield log, erased_letters(salt_of(self.settings), table.items())


@dataclass(frozen=True, slots=True)
class RetryOf:
    """Which letters to try again: those with the ids, or all that are selected."""

    ids: Sequence[LetterId]
    selection: Selection
    limit: int | None = None


@dataclass(slots=True)
class RetryReport(Report):
    """What became of the letters, and by which policy they were judged."""

    policy: str = ""
    whys: dict[str, str] = field(default_factory=dict)
    """Of each reason for which letters are refused again, the first sentence."""


async def newest(connection: Connection, selection: Selection, limit: int) -> list[ListedLetter]:
    """The newest letters that are wanted, newest first."""
    found: list[ListedLetter] = []
    async with connection.reading() as (log, erased):
        cursor = None
        while len(found) < limit:
            bounds = Bounds(limit - len(found), time.monotonic, time_s=UNBOUNDED_S)
            page = await newest_first(log, selection, cursor, bounds, erased.has)
            found += page.letters
            cursor = page.next
            if cursor is None:
                break
    return found


async def one(connection: Connection, letter_id: LetterId) -> DeadLetter | None:
    """One letter, None if Kafka does not have it, or whom it names was erased."""
    async with connection.reading() as (log, erased):
        letter = await log.read_one(letter_id)
        return None if letter is None or erased.has(letter) else letter


async def try_again(
    connection: Connection,
    wanted: RetryOf,
    tell: Callable[[Tried], None] | None = None,
    *,
    sending: bool = False,
) -> RetryReport:
    """Try letters again; without `sending` only say what would become of them.

    Raises:
        FaultError: Kafka is away, or stopped taking messages.
    """
    settings = connection.settings
    policy = load_policy(settings.policy) if settings.policy else load_default_policy()
    book = compile_policy(policy, sends_everything=settings.clock == "topic")
    report = RetryReport(policy=policy.version)
    async with AsyncExitStack() as opened:
        log, erased = await opened.enter_async_context(connection.reading())
        send: Send | None = None
        if sending:
            opening = open_producer(connection.kafka, security_of(settings))
            send = sender(await opened.enter_async_context(opening))
        doors = RetryDoors(
            EventDecoder(book.exchange, book.oldest_event, book.kept),
            table_with(settings.event_topics),
            Limits().event_bytes,
            erased,
            datetime.now(UTC),
            may_unsuppress=True,  # Whoever reaches Kafka could write it there, too.
        )
        async for letters in _wanted(log, wanted):
            _count(report, await tried_again(letters, doors, send), tell)
        if wanted.ids:
            _count(report, missing(wanted.ids, report.seen), tell)
    return report


def sender(producer: AIOKafkaProducer) -> Send:
    """Write records with a producer; return once all replicas have them."""

    async def send(records: Sequence[Record]) -> None:
        try:
            waiting = [
                await producer.send(topic, value, key, headers=[*headers])
                for topic, key, value, headers in records
            ]
            await asyncio.gather(*waiting)
        except KafkaError as error:
            msg = (
                f"Kafka stopped taking messages ({type(error).__name__}); try again: what was sent "
                "already counts once."
            )
            raise FaultError(msg) from error

    return send


async def _wanted(log: LetterLog, wanted: RetryOf) -> AsyncIterator[Sequence[DeadLetter]]:
    if wanted.ids:
        for each in dict.fromkeys(wanted.ids):
            letter = await log.read_one(each)
            if letter is not None:
                yield [letter]
        return
    left = wanted.limit
    spans = await log.spans(wanted.selection.since, wanted.selection.until)
    async for letters in log.oldest_first(spans):
        found = [each for each in letters if wanted.selection.wants(each)][:left]
        if left is not None:
            left -= len(found)
        yield found
        if left == 0:
            return


def _count(
    report: RetryReport, tried: Sequence[Tried], tell: Callable[[Tried], None] | None
) -> None:
    report.add(tried)
    for each in tried:
        if each.verdict.detail:
            report.whys.setdefault(each.verdict.reason, each.verdict.detail)
        if tell is not None:
            tell(each)
