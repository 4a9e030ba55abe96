"""Takes away what is stored of erased customers, where no lane at work does it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from aiokafka import ConsumerRecord

from schemas.contract import Contract
from services.webhooks.dependencies import Dependencies
from services.webhooks.held import held
from services.webhooks.journal import Journal
from services.webhooks.message import UnreadableError, message_of
from services.webhooks.partition_queue import Verdict
from services.webhooks.reader import Reader, open_reader

READ_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class _About:
    """Who a trigger is about, and when it took effect."""

    customer_id: str = field(repr=False)
    effective_at: datetime


class Forgetting:
    """The deliveries of one partition that were given up, or that wait while nobody sends them.

    Whose they are is not stored with them. It is read from the triggers, of each once, and only if
    anybody was erased.
    """

    def __init__(self, partition: int, journal: Journal, around: Dependencies) -> None:
        self._partition = partition
        self._journal = journal
        self._around = around
        self._about: dict[int, _About | None] = {}

    async def forget(self, at_work: Collection[str]) -> None:
        """Take away what was erased, but for what the lanes of these subscriptions have open.

        What Kafka no longer has goes as well: it could be anybody's, and can't be sent again.

        Raises:
            KafkaError: Kafka is away.
            TimeoutError: it did not answer in time.
        """
        if not self._around.erased:
            return
        await self._read({at for one in held(self._journal.stored, at_work) for at in one.offsets})
        changes: dict[str, Contract | None] = {}
        for one in held(self._journal.stored, at_work):
            gone = set(filter(self._is_gone, one.offsets))
            if gone:
                changes[one.key] = one.without(gone)
                self._around.metrics.saw(one.subscription_id, Verdict.ERASED, len(gone))
        if changes:
            await self._journal.write(changes)

    def _is_gone(self, offset: int) -> bool:
        if offset not in self._about:
            return False  # It came while others were read, and is looked at next time.
        about = self._about[offset]
        return about is None or self._around.erased.covers(about.customer_id, about.effective_at)

    async def _read(self, offsets: Collection[int]) -> None:
        self._about = {at: about for at, about in self._about.items() if at in offsets}
        unknown = sorted(set(offsets) - self._about.keys())
        if unknown:
            around, place = self._around, (self._around.names.triggers, self._partition)
            async with open_reader(around.kafka, around.security, *place) as reader:
                for start in range(0, len(unknown), READ_AT_ONCE):
                    self._about |= await _about(reader, unknown[start : start + READ_AT_ONCE])


async def _about(reader: Reader, offsets: Collection[int]) -> Mapping[int, _About | None]:
    found = await reader.read_at(offsets)
    return {offset: _about_one(found.get(offset)) for offset in offsets}


def _about_one(record: ConsumerRecord | None) -> _About | None:
    try:
        message = None if record is None else message_of(record)
    except UnreadableError:
        return None
    return None if message is None else _About(message.customer_id, message.effective_at)
