"""The read model in Redis, as the projector writes it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from services.read_model.batch import HistoryBatch, RowBatch
from services.read_model.erased_history import erased_history
from services.read_model.history_fields import ids_in, transition_fields, trigger_fields
from services.read_model.keys import Keys
from services.read_model.packing import pack, pack_ids
from services.read_model.scripts import Scripts
from services.read_model.step import Step
from topology.domain.history.instant import Instant

LEASE_MS: Final = 5_000
"""How long a projector that died keeps another from taking over."""
REPORT_LIFE_MS: Final = 5_000
SCANNED_AT_ONCE: Final = 1_000
TRIMMED_AT_ONCE: Final = 1_000


class ModelLostError(Exception):
    """The read model is not where this projector left it: emptied, restored or taken over."""


class OwnedElsewhereError(Exception):
    """Another projector is at work for this application."""


class Store:
    """The read model of one application, written by the projector that holds `token`.

    Everything that writes raises ModelLostError if the projector may no longer write, or if the
    read model is not where the projector thinks it is; nothing is changed then.
    """

    def __init__(self, redis: Redis, keys: Keys, token: str) -> None:
        self._redis = redis
        self._keys = keys
        self._scripts = Scripts.of(redis)
        self._token = token

    async def acquire(self) -> None:
        """Become the one that writes.

        Raises:
            OwnedElsewhereError: another projector is, and reported within the last seconds.
        """
        owner = self._keys.owner
        if await self._redis.set(owner, self._token, nx=True, px=LEASE_MS):
            return
        if await self._redis.get(owner) != self._token.encode():
            raise OwnedElsewhereError

    async def release(self) -> None:
        """Let another projector write at once."""
        await self._scripts.release([self._keys.owner, self._keys.alive], [self._token])

    async def topics(self) -> dict[str, str]:
        """Return the ids, by role, of the topics that the read model was built from."""
        return _texts(await self._redis.hgetall(self._keys.topics))

    async def offsets(self) -> dict[str, int]:
        """Return the offset of the next record to apply, by `role:partition`."""
        found = _texts(await self._redis.hgetall(self._keys.offsets))
        return {place: int(offset) for place, offset in found.items()}

    async def tombstones(self) -> dict[bytes, Instant]:
        """Return up to when names were erased, by their marks."""
        found: Mapping[Any, Any] = await self._redis.hgetall(self._keys.erased)
        return {tombstone: int(at) for tombstone, at in found.items()}

    async def followed_ms(self) -> int | None:
        """Return when the read model last had all that Kafka had, None if that is not noted."""
        found = await self._redis.get(self._keys.followed)
        return None if found is None else int(found)

    async def begin(self, topics: Mapping[str, str], now_ms: int) -> None:
        """Drop the read model, in whatever state it is, and begin a new one from these topics."""
        await self.drop()
        await self._redis.set(self._keys.followed, now_ms)
        fields = [part for pair in topics.items() for part in pair]
        await self._redis.hset(self._keys.topics, items=fields)

    async def drop(self) -> None:
        """Drop the read model. What says that there is one goes first."""
        await self._drop_keys([self._keys.topics, self._keys.built, self._keys.offsets])
        await self._drop(self._keys.prefix + "*")

    async def drop_other_versions(self) -> None:
        """Drop read models of this application in other versions."""
        await self._drop(self._keys.family + "*", keep=self._keys.prefix)

    async def _drop(self, pattern: str, keep: str | None = None) -> None:
        async for names in self._scan(pattern):
            doomed = [name for name in names if keep is None or not name.startswith(keep.encode())]
            await self._drop_keys(doomed)

    async def _drop_keys(self, doomed: Sequence[str | bytes]) -> None:
        keys = [self._keys.owner, self._keys.on_disk, *doomed]
        await self._run(self._scripts.drop, keys, [self._token, LEASE_MS])

    async def _scan(self, pattern: str) -> AsyncIterator[Sequence[Any]]:
        cursor = None
        while cursor != 0:
            cursor, names = await self._redis.scan(
                cursor or 0, match=pattern, count=SCANNED_AT_ONCE
            )
            yield names

    async def apply_rows(self, step: Step, batch: RowBatch) -> None:
        """Apply changed rows and the partition's clock."""
        keys = self._keys
        changes = [field for change in batch.rows for field in change]
        await self._run(
            self._scripts.rows,
            [
                *self._guarded(),
                keys.rows,
                keys.places,
                keys.everyone,
                keys.groups,
                keys.clocks,
                keys.erased,
                keys.on_disk,
            ],
            [
                *self._guard(step, len(batch.unreadable)),
                batch.partition,
                "" if batch.clock is None else batch.clock,
                keys.group_prefix,
                *pack(changes),
                keys.change_channel,
                pack_ids(change.customer_id for change in batch.rows),
                *pack(
                    field for each in batch.tombstones for field in (each.tombstone, str(each.at))
                ),
            ],
        )

    async def erase_history(self, partition: int, name: bytes, until: Instant | None) -> None:
        """Remove what happened to a customer at `until` or before; None is all of it."""
        found = await erased_history(self._redis, self._keys, partition, name.decode(), until)
        keys, customer = self._keys, name.decode()
        await self._run(
            self._scripts.erase,
            [
                keys.owner,
                keys.transitions(customer),
                keys.transition_log(partition),
                keys.triggers_of_customer(partition, customer),
                keys.trigger_log(partition),
                keys.trigger_bodies(partition),
                keys.rules(partition),
                keys.on_disk,
            ],
            [
                self._token,
                keys.rule_prefix(partition),
                len(found.transitions),
                *found.transitions,
                *found.triggers,
            ],
        )

    async def apply_transitions(self, step: Step, batch: HistoryBatch) -> None:
        """Apply new transitions."""
        await self._run(
            self._scripts.transitions,
            [*self._guarded(), self._keys.transition_log(batch.partition)],
            [
                *self._guard(step, len(batch.unreadable)),
                *pack(transition_fields(self._keys, batch)),
                self._keys.change_channel,
                ids_in(batch),
            ],
        )

    async def apply_triggers(self, step: Step, batch: HistoryBatch) -> None:
        """Apply new triggers, and tell those who wait for them."""
        keys, partition = self._keys, batch.partition
        await self._run(
            self._scripts.triggers,
            [
                *self._guarded(),
                keys.trigger_log(partition),
                keys.trigger_bodies(partition),
                keys.rules(partition),
            ],
            [
                *self._guard(step, len(batch.unreadable)),
                keys.trigger_channel,
                *pack(trigger_fields(keys, batch)),
                keys.change_channel,
                ids_in(batch),
            ],
        )

    async def heartbeat(
        self,
        report: str,
        expected: Mapping[str, int | None],
        followed_ms: int | None,
        *,
        built_of: int | None,
    ) -> None:
        """Report that the projector lives, with `report` for the API, and keep the lease.

        `built_of` is how many partitions the rows have, once the read model has caught up with
        Kafka: the API may answer from it. None until then.
        `followed_ms` is noted as when it last had all that Kafka had.
        """
        keys = self._keys
        times = (LEASE_MS, report, REPORT_LIFE_MS, _or_nothing(built_of), _or_nothing(followed_ms))
        places = [field for place, at in expected.items() for field in (place, _or_nothing(at))]
        await self._run(
            self._scripts.heartbeat,
            [keys.owner, keys.offsets, keys.alive, keys.built, keys.followed],
            [self._token, *times, *places],
        )

    async def trim_transitions(self, partition: int, oldest_ms: int, first_offset: int) -> None:
        """Remove what was appended before `oldest_ms` or lies before `first_offset`."""
        keys = self._keys
        await self._trim(
            self._scripts.trim_transitions,
            [keys.owner, keys.transition_log(partition)],
            [self._token, oldest_ms, first_offset, TRIMMED_AT_ONCE, keys.transitions_prefix],
        )

    async def trim_triggers(self, partition: int, oldest_ms: int, first_offset: int) -> None:
        """Remove what was appended before `oldest_ms` or lies before `first_offset`."""
        keys = self._keys
        prefixes = (keys.rule_prefix(partition), keys.customer_prefix(partition))
        await self._trim(
            self._scripts.trim_triggers,
            [
                keys.owner,
                keys.trigger_log(partition),
                keys.trigger_bodies(partition),
                keys.rules(partition),
            ],
            [self._token, oldest_ms, first_offset, TRIMMED_AT_ONCE, *prefixes],
        )

    async def _trim(self, script: AsyncScript, keys: list[str], arguments: list[str | int]) -> None:
        while (removed := await script(keys, arguments)) == TRIMMED_AT_ONCE:
            pass
        if removed < 0:
            raise ModelLostError

    def _guarded(self) -> list[str]:
        return [self._keys.owner, self._keys.offsets, self._keys.skipped]

    def _guard(self, step: Step, skipped: int) -> list[str | int]:
        expected = _or_nothing(step.expected)
        return [self._token, LEASE_MS, step.place, expected, step.following, skipped]

    async def _run(
        self,
        script: AsyncScript,
        keys: Sequence[str | bytes],
        arguments: Sequence[str | int | bytes],
    ) -> None:
        if await script(keys, arguments) != b"applied":
            raise ModelLostError


def _or_nothing(offset: int | None) -> int | str:
    return "" if offset is None else offset


def _texts(found: Mapping[Any, Any]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in found.items()}
