"""Who was erased, as the projector knows it: by marks, from which no name can be read."""

from collections.abc import Mapping

from services.platform.erasure_salt import SaltNeededError
from services.read_model.batch import ErasureTombstone, HistoryBatch, HistoryEntry
from topology.domain.history.instant import Instant
from topology.domain.rows.erased import fingerprint_of, tombstone_of


class Erased:
    """The marks of all partitions, by a salt that may be missing as long as there are none."""

    def __init__(self, salt: bytes | None, tombstones: Mapping[bytes, Instant]) -> None:
        self._salt = salt
        self._tombstones = dict(tombstones)
        if tombstones and salt is None:
            raise SaltNeededError("projector", "their histories")

    def heed(self, tombstone: ErasureTombstone) -> None:
        """Take note of a mark; raises SaltNeededError."""
        if self._salt is None or tombstone.salt != fingerprint_of(self._salt):
            raise SaltNeededError("projector", "their histories")
        self._tombstones[tombstone.tombstone] = tombstone.at

    def until(self, name: bytes) -> Instant | None:
        """Up to when a name was erased, None if it was not."""
        if not self._tombstones or self._salt is None:
            return None
        return self._tombstones.get(tombstone_of(self._salt, name))

    def without_erased(self, batch: HistoryBatch) -> HistoryBatch:
        """Return what is to be kept of a batch."""
        kept = [each for each in batch.entries if not self._is_erased(each)]
        return HistoryBatch(batch.partition, kept, batch.unreadable)

    def _is_erased(self, entry: HistoryEntry) -> bool:
        until = self.until(entry.customer_id.encode())
        return until is not None and entry.effective_at <= until
