"""Applies what comes in to the read model, partition by partition."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka import ConsumerRecord, TopicPartition
from structlog.typing import FilteringBoundLogger

from services.projector.erased import Erased
from services.projector.sources import Sources
from services.read_model.batch import RowBatch, Unreadable
from services.read_model.read_history import read_transitions, read_triggers
from services.read_model.read_rows import read_rows
from services.read_model.step import Step
from services.read_model.store import Store
from topology.domain.history.instant import Instant

AT_ONCE: Final = 1_000
"""Records in one transaction of Redis."""


class Tail:
    """Where the read model is, and how records take it further."""

    def __init__(
        self,
        store: Store,
        sources: Sources,
        offsets: Mapping[TopicPartition, int],
        log: FilteringBoundLogger,
        erased: Erased,
    ) -> None:
        self._store = store
        self._names = sources.names
        self._at = dict(offsets)
        self._places = {each: sources.place(each) for each in sources.partitions}
        self._log = log
        self._erased = erased
        self._removed_until: dict[bytes, Instant | None] = {}
        self._complained: set[TopicPartition] = set()

    def expected(self) -> dict[str, int | None]:
        """Return where the read model is, by `role:partition`; None where it has nothing."""
        return {place: self._at.get(each) for each, place in self._places.items()}

    async def apply(self, found: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> None:
        """Apply a round of records: partitions side by side, each in order.

        Rows come first: they say who was erased, so that what came before is left out of histories.

        Raises:
            ModelLostError: the read model is not where it was.
            RedisError: Redis is away.
            SaltNeededError: somebody was erased, and it can't be told who.
        """
        wanted = [each for each in self._places if each in found]
        await self._apply_partitions(found, [each for each in wanted if self._has_rows(each)])
        await self._apply_partitions(found, [each for each in wanted if not self._has_rows(each)])

    def _has_rows(self, partition: TopicPartition) -> bool:
        return bool(partition.topic == self._names.rows)

    async def _apply_partitions(
        self,
        found: Mapping[TopicPartition, Sequence[ConsumerRecord]],
        wanted: Sequence[TopicPartition],
    ) -> None:
        outcomes = await asyncio.gather(
            *(self._apply_partition(each, found[each]) for each in wanted), return_exceptions=True
        )
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _apply_partition(
        self, partition: TopicPartition, records: Sequence[ConsumerRecord]
    ) -> None:
        for start in range(0, len(records), AT_ONCE):
            some = records[start : start + AT_ONCE]
            following = some[-1].offset + 1
            step = Step(self._places[partition], self._at.get(partition), following)
            self._complain(partition, await self._apply_some(partition, some, step))
            self._at[partition] = following

    async def _apply_some(
        self, partition: TopicPartition, records: Sequence[ConsumerRecord], step: Step
    ) -> Sequence[Unreadable]:
        number = partition.partition
        if partition.topic == self._names.rows:
            rows = read_rows(number, records)
            await self._erase(rows)
            await self._store.apply_rows(step, rows)
            return rows.unreadable
        if partition.topic == self._names.transitions:
            transitions = self._erased.without_erased(read_transitions(number, records))
            await self._store.apply_transitions(step, transitions)
            return transitions.unreadable
        triggers = self._erased.without_erased(read_triggers(number, records))
        await self._store.apply_triggers(step, triggers)
        return triggers.unreadable

    async def _erase(self, rows: RowBatch) -> None:
        """Remove the histories of names that have gone, before it is noted that they have.

        Who has come back has a row again, and that it was gone meanwhile is not to be seen: of a
        batch only the last row counts, and Kafka keeps no more either. So the mark counts, too.
        """
        for tombstone in rows.tombstones:
            self._erased.heed(tombstone)
        for change in rows.rows:
            name, until = change.customer_id, self._erased.until(change.customer_id)
            if not change.stored or until != self._removed_until.get(name):
                await self._store.erase_history(rows.partition, name, until)
                self._removed_until[name] = until

    def _complain(self, partition: TopicPartition, unreadable: Sequence[Unreadable]) -> None:
        if unreadable and partition not in self._complained:
            self._complained.add(partition)
            self._log.warning(
                "unreadable_record",
                topic=partition.topic,
                partition=partition.partition,
                offset=unreadable[0].offset,
                reason=unreadable[0].reason,
            )
