"""The projection: applies Kafka's records to the read model, partition by partition."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka import TopicPartition
from structlog.typing import FilteringBoundLogger

from services.platform.erasure_salt import SaltNeededError
from services.projector.records import (
    Record,
    read_held,
    read_rows,
    read_transitions,
    read_triggers,
)
from services.projector.sources import Sources
from services.read_model.batches import (
    ErasureTombstone,
    HeldBatch,
    HeldRecord,
    OutputBatch,
    OutputRecord,
    RowBatch,
    Step,
    Unreadable,
)
from services.read_model.writer import Writer
from topology.domain.history.instant import Instant
from topology.domain.rows.erased import fingerprint_of, tombstone_of

AT_ONCE: Final = 1_000
"""Records in one transaction of Redis."""


class ErasedNames:
    """The erased names of all partitions, by their tombstones: nobody can read a name from one.

    The salt may be missing as long as there is no tombstone.
    """

    def __init__(self, salt: bytes | None, tombstones: Mapping[bytes, Instant]) -> None:
        self._salt = salt
        self._tombstones = dict(tombstones)
        if tombstones and salt is None:
            raise SaltNeededError("projector", "their histories")

    def record(self, tombstone: ErasureTombstone) -> None:
        """Record a tombstone; raises SaltNeededError."""
        if self._salt is None or tombstone.salt != fingerprint_of(self._salt):
            raise SaltNeededError("projector", "their histories")
        self._tombstones[tombstone.tombstone] = tombstone.at

    def until(self, name: bytes) -> Instant | None:
        """Return the instant up to which a name was erased, None if it was not."""
        if not self._tombstones or self._salt is None:
            return None
        return self._tombstones.get(tombstone_of(self._salt, name))

    def without_erased(self, batch: OutputBatch) -> OutputBatch:
        """Return the part of a batch that the read model stores."""
        stored = [each for each in batch.records if not self._is_erased(each)]
        return OutputBatch(batch.partition, stored, batch.unreadable)

    def held_without_erased(self, batch: HeldBatch) -> HeldBatch:
        """Return the part of a batch of held triggers that the read model stores."""
        stored = [each for each in batch.records if not self._is_erased(each)]
        return HeldBatch(batch.partition, stored, batch.unreadable)

    def _is_erased(self, output: OutputRecord | HeldRecord) -> bool:
        until = self.until(output.customer_id.encode())
        return until is not None and output.effective_at <= until


class Projection:
    """Where the read model is, and how records take it further."""

    def __init__(
        self,
        writer: Writer,
        sources: Sources,
        offsets: Mapping[TopicPartition, int],
        log: FilteringBoundLogger,
        erased: ErasedNames,
    ) -> None:
        self._writer = writer
        self._names = sources.names
        self._at = dict(offsets)
        self._places = {each: sources.place(each) for each in sources.partitions}
        self._log = log
        self._erased = erased
        self._removed_until: dict[bytes, Instant | None] = {}
        self._reported: set[TopicPartition] = set()

    def expected(self) -> dict[str, int | None]:
        """Return where the read model is, by `role:partition`; None where it has nothing."""
        return {place: self._at.get(each) for each, place in self._places.items()}

    async def apply(self, found: Mapping[TopicPartition, Sequence[Record]]) -> None:
        """Apply a round of records: partitions side by side, each in order.

        Rows come first: they name the erased, whose earlier transitions and triggers stay out.

        Raises:
            ModelLostError: the read model is not where it was.
            ReadModelAwayError: Redis is away.
            SaltNeededError: somebody was erased, and without the salt nobody knows who.
        """
        wanted = [each for each in self._places if each in found]
        await self._apply_partitions(found, [each for each in wanted if self._has_rows(each)])
        await self._apply_partitions(found, [each for each in wanted if not self._has_rows(each)])

    def _has_rows(self, partition: TopicPartition) -> bool:
        return bool(partition.topic == self._names.rows)

    async def _apply_partitions(
        self,
        found: Mapping[TopicPartition, Sequence[Record]],
        wanted: Sequence[TopicPartition],
    ) -> None:
        outcomes = await asyncio.gather(
            *(self._apply_partition(each, found[each]) for each in wanted), return_exceptions=True
        )
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _apply_partition(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        for start in range(0, len(records), AT_ONCE):
            some = records[start : start + AT_ONCE]
            following = some[-1].offset + 1
            step = Step(self._places[partition], self._at.get(partition), following)
            self._report_unreadable(partition, await self._apply_some(partition, some, step))
            self._at[partition] = following

    async def _apply_some(
        self, partition: TopicPartition, records: Sequence[Record], step: Step
    ) -> Sequence[Unreadable]:
        number = partition.partition
        if partition.topic == self._names.rows:
            rows = read_rows(number, records)
            await self._erase(rows)
            await self._writer.apply_rows(step, rows)
            return rows.unreadable
        if partition.topic == self._names.transitions:
            transitions = self._erased.without_erased(read_transitions(number, records))
            await self._writer.apply_transitions(step, transitions)
            return transitions.unreadable
        if partition.topic == self._names.held:
            held = self._erased.held_without_erased(read_held(number, records))
            await self._writer.apply_held(step, held)
            return held.unreadable
        triggers = self._erased.without_erased(read_triggers(number, records))
        await self._writer.apply_triggers(step, triggers)
        return triggers.unreadable

    async def _erase(self, rows: RowBatch) -> None:
        """Remove the histories of deleted and erased names before their rows go.

        A returning customer has a row again, so the deletion in between is invisible: only the last
        row of a batch counts, and Kafka keeps no more either. So the tombstone counts, too.
        """
        for tombstone in rows.tombstones:
            self._erased.record(tombstone)
        for change in rows.rows:
            profile, until = change.profile, self._erased.until(change.profile)
            if not change.stored or until != self._removed_until.get(profile):
                await self._writer.erase_history(rows.partition, profile, until)
                self._removed_until[profile] = until

    def _report_unreadable(
        self, partition: TopicPartition, unreadable: Sequence[Unreadable]
    ) -> None:
        if unreadable and partition not in self._reported:
            self._reported.add(partition)
            self._log.warning(
                "unreadable_record",
                topic=partition.topic,
                partition=partition.partition,
                offset=unreadable[0].offset,
                reason=unreadable[0].reason,
            )
