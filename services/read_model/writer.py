"""The read model as the projector writes it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, NoReturn

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from services.read_model.batches import HeldBatch, OutputBatch, RowBatch, Step
from services.read_model.connection import ReadModelAwayError, answer_of, connect
from services.read_model.disk import Disk
from services.read_model.erased_history import erased_history, held_removal, history_removal
from services.read_model.keys import Keys
from services.read_model.projector_status import Report
from services.read_model.scripts import (
    Scripts,
    customers_in,
    held_fields,
    pack,
    pack_ids,
    transition_fields,
    trigger_fields,
)
from services.read_model.trial_erasure import forget_customers
from services.read_model.trim import TRIMMED_AT_ONCE, TrimOf
from topology.domain.history.instant import Instant

LEASE_MS: Final = 5_000
"""How long a projector that died keeps another from taking over."""
REPORT_LIFE_MS: Final = 5_000
RELEASE_S: Final = 1.0
"""How long Redis may take to answer that the projector has ended."""
SCANNED_AT_ONCE: Final = 1_000
KEPT_HELD: Final = 25_000
"""Held triggers of one partition at most: an import holds very many. The latest are kept."""


class ModelLostError(Exception):
    """The read model is not where this projector left it: emptied, restored or taken over."""


class OwnedElsewhereError(Exception):
    """Another projector is at work for this application."""


class Writer:
    """Writes the read model of one application, for the projector that holds `token`.

    Every write raises ModelLostError if the projector may no longer write, or if the read model is
    not where the projector expects it; Redis changes nothing then. Everything raises
    ReadModelAwayError if Redis is away.
    """

    def __init__(self, redis: Redis, keys: Keys, token: str) -> None:
        self._redis = redis
        self._keys = keys
        self._scripts = Scripts.of(redis)
        self._token = token

    async def acquire(self) -> None:
        """Become the one projector that writes.

        Raises:
            OwnedElsewhereError: another one does, and reported within the last seconds.
        """
        owner = self._keys.owner
        if await answer_of(self._redis.set(owner, self._token, nx=True, px=LEASE_MS)):
            return
        if await answer_of(self._redis.get(owner)) != self._token.encode():
            raise OwnedElsewhereError

    async def release(self) -> None:
        """Let another projector write at once."""
        await answer_of(self._scripts.release([self._keys.owner, self._keys.alive], [self._token]))

    async def topics(self) -> dict[str, str]:
        """Return the ids, by role, of the topics that the read model was built from."""
        found: Mapping[Any, Any] = await answer_of(self._redis.hgetall(self._keys.topics))
        return {role.decode(): topic_id.decode() for role, topic_id in found.items()}

    async def offsets(self) -> dict[str, int]:
        """Return the offset of the next record to apply, by `role:partition`."""
        found: Mapping[Any, Any] = await answer_of(self._redis.hgetall(self._keys.offsets))
        return {place.decode(): int(offset) for place, offset in found.items()}

    async def tombstones(self) -> dict[bytes, Instant]:
        """Return the erasure tombstones, each with the instant up to which its name was erased."""
        found: Mapping[Any, Any] = await answer_of(self._redis.hgetall(self._keys.erased))
        return {tombstone: int(at) for tombstone, at in found.items()}

    async def followed_ms(self) -> int | None:
        """Return when the read model last had all that Kafka had, None if nobody noted it."""
        found = await answer_of(self._redis.get(self._keys.followed))
        return None if found is None else int(found)

    async def begin(self, topics: Mapping[str, str], now_ms: int) -> None:
        """Drop the read model, in whatever state it is, and begin a new one from these topics."""
        await self.drop()
        await answer_of(self._redis.set(self._keys.followed, now_ms))
        fields = [part for pair in topics.items() for part in pair]
        await answer_of(self._redis.hset(self._keys.topics, items=fields))

    async def drop(self) -> None:
        """Drop the read model, first the keys that show that there is one."""
        await self._drop_keys([self._keys.topics, self._keys.built, self._keys.offsets])
        await self._drop(self._keys.prefix + "*")

    async def drop_other_versions(self) -> None:
        """Drop read models of this application in other versions."""
        await self._drop(self._keys.family + "*", keep=self._keys.prefix)

    async def _drop(self, pattern: str, keep: str | None = None) -> None:
        cursor: Any = None
        names: Sequence[Any]
        while cursor != 0:
            cursor, names = await answer_of(
                self._redis.scan(cursor or 0, match=pattern, count=SCANNED_AT_ONCE)
            )
            doomed = [name for name in names if keep is None or not name.startswith(keep.encode())]
            await self._drop_keys(doomed)

    async def _drop_keys(self, doomed: Sequence[str | bytes]) -> None:
        keys = [self._keys.owner, self._keys.on_disk, *doomed]
        await self._run(self._scripts.drop, keys, [self._token, LEASE_MS])

    async def apply_rows(self, step: Step, batch: RowBatch) -> None:
        """Apply changed rows and the partition's clock."""
        keys = self._keys
        tombstones = (part for each in batch.tombstones for part in (each.tombstone, str(each.at)))
        await self._apply(
            self._scripts.rows,
            self._guard(step, batch),
            [
                *(keys.rows, keys.places, keys.everyone, keys.groups),
                *(keys.clocks, keys.erased, keys.on_disk),
            ],
            [
                *(batch.partition, _or_nothing(batch.clock), keys.group_prefix),
                *pack(field for change in batch.rows for field in change),
                keys.change_channel,
                pack_ids(change.profile for change in batch.rows),
                *pack(tombstones),
            ],
        )

    async def erase_history(self, partition: int, name: bytes, until: Instant | None) -> None:
        """Remove a name's history until the instant `until`, included; None is all of it.

        No kept report of a trial names the customer any more, either.
        """
        keys, customer = self._keys, name.decode()
        found = await answer_of(erased_history(self._redis, keys, partition, customer, until))
        token = self._token
        await self._run(
            self._scripts.erase, *history_removal(keys, token, partition, customer, found)
        )
        await self._run(self._scripts.erase_held, *held_removal(keys, token, partition, found))
        await forget_customers(self._redis, keys, [customer])

    async def apply_transitions(self, step: Step, batch: OutputBatch) -> None:
        """Apply new transitions."""
        keys = self._keys
        await self._apply(
            self._scripts.transitions,
            self._guard(step, batch),
            [keys.transition_log(batch.partition)],
            [*pack(transition_fields(keys, batch)), keys.change_channel, customers_in(batch)],
        )

    async def apply_triggers(self, step: Step, batch: OutputBatch) -> None:
        """Apply new triggers, and notify the requests that wait for them."""
        keys, partition = self._keys, batch.partition
        await self._apply(
            self._scripts.triggers,
            self._guard(step, batch),
            [keys.trigger_log(partition), keys.trigger_bodies(partition), keys.rules(partition)],
            [
                keys.trigger_channel,
                *pack(trigger_fields(keys, batch)),
                keys.change_channel,
                customers_in(batch),
            ],
        )

    async def apply_held(self, step: Step, batch: HeldBatch) -> None:
        """Apply new held triggers, and decisions on known ones; the oldest make room."""
        keys, partition = self._keys, batch.partition
        await self._apply(
            self._scripts.held,
            self._guard(step, batch),
            [keys.held_log(partition), keys.held_entries(partition), keys.held_groups(partition)],
            [
                keys.held_group_prefix(partition),
                keys.held_customer_prefix(partition),
                KEPT_HELD,
                *pack(held_fields(batch)),
            ],
        )

    async def heartbeat(
        self,
        report: Report,
        expected: Mapping[str, int | None],
        followed_ms: int | None,
        *,
        built_of: int | None,
    ) -> None:
        """Report to the API, and keep the lease. `expected` are the offsets by `role:partition`.

        `built_of` is how many partitions the rows have, once the read model has caught up with
        Kafka: from then on the API may answer from it. `followed_ms` is when the read model last
        had all that Kafka had.
        """
        keys = self._keys
        times = (REPORT_LIFE_MS, _or_nothing(built_of), _or_nothing(followed_ms))
        places = [field for place, at in expected.items() for field in (place, _or_nothing(at))]
        await self._run(
            self._scripts.heartbeat,
            [keys.owner, keys.offsets, keys.alive, keys.built, keys.followed],
            [self._token, LEASE_MS, report.model_dump_json(), *times, *places],
        )

    async def trim(self, what: TrimOf, partition: int, oldest_ms: int, first_offset: int) -> None:
        """Remove what was appended before `oldest_ms`, and what is before `first_offset`."""
        trim = what(self._scripts, self._keys, partition)
        keys = [self._keys.owner, *trim.keys]
        bounds = (self._token, oldest_ms, first_offset, TRIMMED_AT_ONCE)
        arguments: list[str | int] = [*bounds, *trim.prefixes]
        while (removed := await answer_of(trim.script(keys, arguments))) == TRIMMED_AT_ONCE:
            pass
        if removed < 0:
            raise ModelLostError

    async def keep_files_clean(self, disk: Disk) -> NoReturn:
        """Have Redis rewrite its files after each removal, until cancelled."""
        await disk.follow(self._redis)

    async def _apply(
        self,
        script: AsyncScript,
        guard: Sequence[str | int],
        keys: Sequence[str],
        arguments: Sequence[str | int | bytes],
    ) -> None:
        guarded = (self._keys.owner, self._keys.offsets, self._keys.skipped)
        await self._run(script, [*guarded, *keys], [*guard, *arguments])

    def _guard(self, step: Step, batch: RowBatch | OutputBatch | HeldBatch) -> Sequence[str | int]:
        place = (step.place, _or_nothing(step.expected), step.following)
        return (self._token, LEASE_MS, *place, len(batch.unreadable))

    async def _run(
        self,
        script: AsyncScript,
        keys: Sequence[str | bytes],
        arguments: Sequence[str | int | bytes],
    ) -> None:
        if await answer_of(script(keys, arguments)) != b"applied":
            raise ModelLostError


def _or_nothing(offset: int | None) -> int | str:
    return "" if offset is None else offset


@asynccontextmanager
async def open_writer(
    url: str, authorities: Path | None, keys: Keys, token: str
) -> AsyncIterator[Writer]:
    """Open the read model in the Redis at `url` for writing.

    Raises:
        OwnedElsewhereError: another projector writes.
        ReadModelAwayError: Redis is away.
    """
    async with connect(url, authorities) as redis:
        writer = Writer(redis, keys, token)
        await writer.acquire()
        try:
            yield writer
        finally:
            with suppress(ReadModelAwayError, TimeoutError):
                async with asyncio.timeout(RELEASE_S):
                    await writer.release()
