"""All keys, in a compacted topic."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from pydantic import ValidationError

from schemas.topics import ACCESS_KEYS
from services.platform.access.key import Key
from services.platform.compacted.table import CompactedTable
from services.platform.faults import FaultError
from topology.batching.security import KafkaSecurity


class UnknownKeyError(FaultError):
    """There is no key with this id."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"There is no key {key_id!r}: `stammkunde keys list` shows all ids.")


class Keyring:
    """The keys in a table. An unreadable record admits nobody, but counts as a key."""

    def __init__(self, table: CompactedTable) -> None:
        self._table = table

    @property
    def is_read(self) -> bool:
        """Whether the keys have been read once."""
        return self._table.is_read

    @property
    def version(self) -> int:
        """A number that grows whenever a key is added or revoked."""
        return self._table.version

    async def wait_change(self, seen: int) -> int:
        """Wait until there is a newer version than `seen`, and return it."""
        return await self._table.wait_change(seen)

    def has_any(self) -> bool:
        """Whether a key, maybe a revoked one, exists; raises NotReadError."""
        return bool(self._table.items())

    def find(self, key_id: str) -> Key | None:
        """Return a key, also a revoked one; raises NotReadError."""
        return _read(self._table.get(key_id))

    def all(self) -> Sequence[Key]:
        """Return all keys, oldest first; raises NotReadError."""
        found = (_read(value) for value in self._table.items().values())
        return sorted((key for key in found if key is not None), key=lambda key: key.created_at)

    async def add(self, key: Key) -> None:
        """Store a key; raises FaultError if Kafka does not take it."""
        await self._table.put(key.id, key.model_dump_json().encode())

    async def revoke(self, key_id: str, now: datetime) -> Key:
        """Revoke a key, and return it. A key that was revoked before stays as it is.

        Raises:
            UnknownKeyError: there is no such key.
            FaultError: Kafka does not take it.
        """
        key = self.find(key_id)
        if key is None:
            raise UnknownKeyError(key_id)
        if key.revoked_at is not None:
            return key
        revoked = key.model_copy(update={"revoked_at": now})
        await self.add(revoked)
        return revoked


def _read(value: bytes | None) -> Key | None:
    if value is None:
        return None
    try:
        return Key.model_validate_json(value)
    except ValidationError:
        return None


@asynccontextmanager
async def open_keyring(kafka: str, security: KafkaSecurity) -> AsyncIterator[Keyring]:
    """Read the keys in the Kafka at `kafka`, and follow their changes. Kafka may be away."""
    log = structlog.get_logger(__name__)
    async with CompactedTable(kafka, ACCESS_KEYS, log=log, security=security) as table:
        yield Keyring(table)
