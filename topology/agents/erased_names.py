"""Which names were erased, as far as one batch knows: by the rows, and by what it does itself."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from topology.domain.history.instant import NEVER, Instant
from topology.domain.history.suppression import Suppression, later_word, without_reason
from topology.domain.rows.erased import decode_erased, encode_erased, tombstone_of


class ErasureTombstones:
    """Makes the tombstones of names. As long as there are none, no name is hashed.

    `salt` is None if nobody can be erased.
    """

    def __init__(self, salt: bytes | None) -> None:
        self.salt = salt
        self.met = False
        """True if there is a tombstone, or was one."""

    def meet(self) -> None:
        """Note that there is a tombstone: it was restored, or is made now."""
        self.met = True

    def of(self, name: bytes) -> bytes | None:
        """The tombstone of a name, or None as long as no name has one."""
        return tombstone_of(self.salt, name) if self.met and self.salt is not None else None


class _Kept(NamedTuple):
    """An erased name: up to when it was erased, and its suppression."""

    until: Instant
    word: Suppression | None


_NOT_ERASED: Final = _Kept(-NEVER, None)


class ErasedNames:
    """Reads tombstones, and collects those that the batch will write."""

    def __init__(self, rows: Mapping[bytes, bytes], tombstones: ErasureTombstones) -> None:
        self._rows = rows
        self._tombstones = tombstones
        self._changed: dict[bytes, _Kept] = {}

    def until(self, key: bytes) -> Instant:
        """Up to when a name was erased; before all time if it was not."""
        tombstone = self._tombstones.of(key)
        return -NEVER if tombstone is None else self._kept(tombstone).until

    def word_of(self, key: bytes) -> Suppression | None:
        """The suppression of a name before it was erased."""
        tombstone = self._tombstones.of(key)
        return None if tombstone is None else self._kept(tombstone).word

    def add(self, key: bytes, at: Instant, word: Suppression | None) -> None:
        """Note that a name was erased up to then. The suppression list still counts."""
        self._tombstones.meet()
        tombstone = self._tombstones.of(key)
        if tombstone is not None:
            kept = self._kept(tombstone)
            word = later_word(kept.word, without_reason(word))
            self._changed[tombstone] = _Kept(max(at, kept.until), word)

    def tombstones(self) -> dict[bytes, bytes]:
        """The tombstones that have changed, as the table has them."""
        salt = self._tombstones.salt
        if salt is None:
            return {}
        return {
            tombstone: encode_erased(kept.until, salt, kept.word)
            for tombstone, kept in self._changed.items()
        }

    def _kept(self, tombstone: bytes) -> _Kept:
        known = self._changed.get(tombstone)
        if known is not None:
            return known
        value = self._rows.get(tombstone)
        if value is None:
            return _NOT_ERASED
        entry = decode_erased(value)
        return _Kept(entry.as_of, entry.suppression)
