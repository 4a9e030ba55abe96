"""Erasures in delivery: who was erased, and the removal of what is stored of their deliveries.

Delivery knows erased customers by their tombstones, which reveal no name. A queue at work removes
their triggers itself. `ErasureCleanup` removes the exhausted deliveries, and the open triggers of
queues that are not at work.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from aiokafka import ConsumerRecord
from pydantic import ValidationError
from structlog.typing import FilteringBoundLogger

from schemas.contract import Contract
from schemas.erasure import Erasure
from services.platform.erasure_salt import erased_until
from services.webhooks.journal import Journal
from services.webhooks.message import UnreadableError, message_of
from services.webhooks.metrics import DeliveryMetrics
from services.webhooks.partition_queue import AttemptResult
from services.webhooks.progress import records_with_triggers
from services.webhooks.trigger_reader import TriggerReader
from topology.domain.rows.erased import tombstone_of

READ_BATCH: Final = 100
"""Triggers that are read before their customers are kept and their records dropped."""


class ErasedCustomers:
    """The recorded erasures. The salt may be missing as long as nobody was erased."""

    def __init__(self, salt: bytes | None, log: FilteringBoundLogger) -> None:
        self._salt = salt
        self._log = log
        self._recorded: Mapping[str, bytes] = {}
        self._until: dict[str, datetime] = {}

    def __bool__(self) -> bool:
        """Return whether anybody was erased."""
        return bool(self._until)

    def record(self, records: Mapping[str, bytes]) -> None:
        """Record the erasures in `customer.erasures.v1`, by key. Earlier ones stay recorded.

        Raises:
            SaltNeededError: somebody was erased, and without the salt nobody can know who.
        """
        new = {key: value for key, value in records.items() if self._recorded.get(key) != value}
        for key, value in new.items():
            try:
                erasure = Erasure.model_validate_json(value)
            except ValidationError:
                self._log.warning("unreadable_erasure", key=key)
            else:
                self._record_erasure(erasure)
        self._recorded = records

    def covers(self, customer_id: str, effective_at: datetime) -> bool:
        """Return whether an erasure covers a trigger of this customer and time: it is not sent."""
        if not self._until or self._salt is None:
            return False
        until = self._until.get(tombstone_of(self._salt, customer_id.encode()).hex())
        return until is not None and effective_at <= until

    def _record_erasure(self, erasure: Erasure) -> None:
        left_out = "what was pending for them"
        erased = erased_until(erasure, self._salt, role="delivery", left_out=left_out)
        for tombstone, until in erased.items():
            self._until[tombstone] = max(until, self._until.get(tombstone, until))


@dataclass(frozen=True, slots=True)
class _Subject:
    """The customer of a trigger, and when it took effect."""

    customer_id: str = field(repr=False)
    effective_at: datetime


class ErasureCleanup:
    """Removes the stored deliveries of erased customers that no worker has in its queue.

    Their customers are not stored with them. They are read from the topic of triggers, each once,
    and only if anybody was erased.
    """

    def __init__(
        self,
        partition: int,
        journal: Journal,
        erased: ErasedCustomers,
        metrics: DeliveryMetrics,
        open_trigger_reader: Callable[[int], AbstractAsyncContextManager[TriggerReader]],
    ) -> None:
        self._partition = partition
        self._journal = journal
        self._erased = erased
        self._metrics = metrics
        self._open_reader = open_trigger_reader
        self._subjects: dict[int, _Subject | None] = {}

    async def remove_erased(self, at_work: Collection[str]) -> None:
        """Remove what is stored of erased customers, except the queues of subscriptions at work.

        A delivery whose record Kafka no longer has is removed too: it could be anybody's, and
        can't be sent again.

        Raises:
            KafkaError: Kafka is away.
            TimeoutError: Kafka did not answer in time.
        """
        if not self._erased:
            return
        records = list(records_with_triggers(self._journal.stored, at_work))
        if await self._read_subjects({at for one in records for at in one.offsets}):
            # Workers may have written while triggers were read.
            records = list(records_with_triggers(self._journal.stored, at_work))
        changes: dict[str, Contract | None] = {}
        for one in records:
            gone = set(filter(self._is_gone, one.offsets))
            if gone:
                changes[one.key] = one.without(gone)
                self._metrics.record(one.subscription_id, AttemptResult.ERASED, len(gone))
        if changes:
            await self._journal.write(changes)

    def _is_gone(self, offset: int) -> bool:
        if offset not in self._subjects:
            return False  # It was stored while others were read: the next call checks it.
        subject = self._subjects[offset]
        return subject is None or self._erased.covers(subject.customer_id, subject.effective_at)

    async def _read_subjects(self, offsets: Collection[int]) -> bool:
        """Read the customers of these triggers, unless they are known. Return whether it read."""
        self._subjects = {at: subject for at, subject in self._subjects.items() if at in offsets}
        unknown = sorted(set(offsets) - self._subjects.keys())
        if unknown:
            async with self._open_reader(self._partition) as reader:
                for start in range(0, len(unknown), READ_BATCH):
                    self._subjects |= await _subjects(reader, unknown[start : start + READ_BATCH])
        return bool(unknown)


async def _subjects(
    reader: TriggerReader, offsets: Collection[int]
) -> Mapping[int, _Subject | None]:
    found = await reader.read_at(offsets)
    return {offset: _subject_of(found.get(offset)) for offset in offsets}


def _subject_of(record: ConsumerRecord | None) -> _Subject | None:
    try:
        message = None if record is None else message_of(record)
    except UnreadableError:
        return None
    return None if message is None else _Subject(message.customer_id, message.effective_at)
