"""Warm rows: rows that were written a moment ago, still decoded.

A busy customer's next event then costs no decoding. A row is used only for the very bytes that it
was encoded to, so rows that were thrown away and restored never meet an old one.
"""

from topology.domain.facts.state import State
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import encode_row, read_entry


class WarmRows:
    """The rows written last: at least `limit` of them, and at most twice as many."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._young: dict[bytes, tuple[bytes, State | Forward]] = {}
        self._old: dict[bytes, tuple[bytes, State | Forward]] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def read(self, key: bytes, value: bytes) -> State | Forward:
        """The row in these bytes, or where it has gone.

        Raises:
            RowError: they are no row of a version that is known.
        """
        warm = self._young.get(key) or self._old.get(key)
        if warm is not None and warm[0] is value:
            return warm[1]
        return read_entry(value)

    def forget(self, key: bytes) -> None:
        """Keep nothing of a row that is no more."""
        self._young.pop(key, None)
        self._old.pop(key, None)

    def write(self, key: bytes, state: State | Forward) -> bytes:
        """The bytes of a row."""
        value = encode_row(state)
        if len(self._young) >= self._limit:
            self._old, self._young = self._young, {}
        self._young[key] = (value, state)
        return value
