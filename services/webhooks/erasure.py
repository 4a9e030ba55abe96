"""Who was erased, as delivery knows it: by marks, from which no name can be read."""

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
from services.platform.erasure_salt import SaltNeededError
from services.webhooks.journal import Journal
from services.webhooks.message import UnreadableError, message_of
from services.webhooks.metrics import DeliveryMetrics
from services.webhooks.partition_queue import Verdict
from services.webhooks.progress import held
from services.webhooks.trigger_reader import Reader
from topology.domain.rows.erased import fingerprint_of, tombstone_of


class Erased:
    """What has been heard of erasures. The salt may be missing as long as nobody was erased."""

    def __init__(self, salt: bytes | None, log: FilteringBoundLogger) -> None:
        self._salt = salt
        self._log = log
        self._heard: Mapping[str, bytes] = {}
        self._until: dict[str, datetime] = {}

    def __bool__(self) -> bool:
        """Whether anybody was erased."""
        return bool(self._until)

    def hear(self, records: Mapping[str, bytes]) -> None:
        """Take note of what `customer.erasures.v1` holds, by key. What was heard before stays.

        Raises:
            SaltNeededError: somebody was erased, and it can't be told who.
        """
        new = {key: value for key, value in records.items() if self._heard.get(key) != value}
        for key, value in new.items():
            try:
                erasure = Erasure.model_validate_json(value)
            except ValidationError:
                self._log.warning("unreadable_erasure", key=key, then="left out")
            else:
                self._heed(erasure)
        self._heard = records

    def covers(self, customer_id: str, effective_at: datetime) -> bool:
        """Whether what took effect then for this customer is not to be sent to anybody."""
        if not self._until or self._salt is None:
            return False
        until = self._until.get(tombstone_of(self._salt, customer_id.encode()).hex())
        return until is not None and effective_at <= until

    def _heed(self, erasure: Erasure) -> None:
        until = erasure.erased_at
        if until is None or not erasure.marks:
            return
        # A record of a release that did not say whose salt it was is taken for one of ours.
        if self._salt is None or erasure.salt not in {None, fingerprint_of(self._salt).hex()}:
            raise SaltNeededError("delivery", "what was pending for them")
        for tombstone in erasure.marks:
            self._until[tombstone] = max(until, self._until.get(tombstone, until))


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

    def __init__(
        self,
        partition: int,
        journal: Journal,
        erased: Erased,
        metrics: DeliveryMetrics,
        open_reader: Callable[[int], AbstractAsyncContextManager[Reader]],
    ) -> None:
        self._partition = partition
        self._journal = journal
        self._erased = erased
        self._metrics = metrics
        self._open_reader = open_reader
        self._about: dict[int, _About | None] = {}

    async def forget(self, at_work: Collection[str]) -> None:
        """Take away what was erased, but for what the lanes of these subscriptions have open.

        What Kafka no longer has goes as well: it could be anybody's, and can't be sent again.

        Raises:
            KafkaError: Kafka is away.
            TimeoutError: it did not answer in time.
        """
        if not self._erased:
            return
        await self._read({at for one in held(self._journal.stored, at_work) for at in one.offsets})
        changes: dict[str, Contract | None] = {}
        for one in held(self._journal.stored, at_work):
            gone = set(filter(self._is_gone, one.offsets))
            if gone:
                changes[one.key] = one.without(gone)
                self._metrics.saw(one.subscription_id, Verdict.ERASED, len(gone))
        if changes:
            await self._journal.write(changes)

    def _is_gone(self, offset: int) -> bool:
        if offset not in self._about:
            return False  # It came while others were read, and is looked at next time.
        about = self._about[offset]
        return about is None or self._erased.covers(about.customer_id, about.effective_at)

    async def _read(self, offsets: Collection[int]) -> None:
        self._about = {at: about for at, about in self._about.items() if at in offsets}
        unknown = sorted(set(offsets) - self._about.keys())
        if unknown:
            async with self._open_reader(self._partition) as reader:
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
