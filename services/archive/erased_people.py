"""Who was erased, by the tombstones in `customer.erasures.v1`, and which records that covers."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from pydantic import ValidationError
from structlog.typing import FilteringBoundLogger

from schemas.erasure import Erasure
from services.archive.columns import Row
from services.platform.erasure_salt import erased_until
from topology.domain.rows.erased import fingerprint_of, tombstone_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KNOWN_NAMES: Final = 200_000
"""Names whose tombstones are remembered: to make one takes longer than to look it up."""

Tombstones = Mapping[bytes, datetime]
"""Until when each erased name was erased, by its tombstone."""


class Salted:
    """Makes the tombstones of the names in records. Without a salt nobody can be erased."""

    def __init__(self, salt: bytes | None) -> None:
        self.salt = salt
        self.fingerprint = None if salt is None else fingerprint_of(salt)
        self.tombstone = lru_cache(_KNOWN_NAMES)(self._tombstone)

    def _tombstone(self, name: bytes) -> bytes:
        return tombstone_of(self.salt or b"", name)

    def tombstones(self, row: Row) -> Iterable[bytes]:
        """The tombstones of all names of a record: its key, and the names in it."""
        key = row.record.key
        return self.tombstones_of(row.content.names, () if key is None else (key,))

    def tombstones_of(self, names: Iterable[str], keys: Iterable[bytes]) -> Iterable[bytes]:
        """The tombstones of names, and of keys, each once."""
        return map(self.tombstone, {*keys, *(name.encode(errors="replace") for name in names)})

    def covers(self, erased: Tombstones, row: Row) -> bool:
        """Return whether an erasure covers a record: of one of its names, and not before it.

        A record counts from when it happened, or from its arrival if that was earlier, as in the
        workers.
        """
        if not erased:
            return False
        untils = [until for each in self.tombstones(row) if (until := erased.get(each))]
        return bool(untils) and _happened_at(row) <= max(untils)


def _happened_at(row: Row) -> datetime:
    arrived = _EPOCH + timedelta(milliseconds=row.record.timestamp)
    reported = row.content.occurred_at
    return arrived if reported is None else min(reported, arrived)


def read_tombstones(
    records: Mapping[str, bytes], salted: Salted, log: FilteringBoundLogger
) -> dict[bytes, datetime]:
    """Read the records of `customer.erasures.v1`, by key.

    Raises:
        SaltNeededError: somebody was erased with another salt, so that nobody can tell who.
    """
    found: dict[bytes, datetime] = {}
    for key, value in records.items():
        try:
            erasure = Erasure.model_validate_json(value)
        except ValidationError:
            log.warning("unreadable_erasure", key=key)
            continue
        left_out = "what it has stored of them"
        erased = erased_until(erasure, salted.salt, role="archive", left_out=left_out)
        for tombstone, until in erased.items():
            mark = bytes.fromhex(tombstone)
            found[mark] = max(until, found.get(mark, until))
    return found
