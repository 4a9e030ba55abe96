"""What has been read of a compacted topic, and who waits for more of it."""

import asyncio
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Final

from aiokafka import ConsumerRecord, TopicPartition

NOTHING_READ: Final = "reading it has only begun"


class View:
    """The values by key. It grows old, `stale`, while Kafka is away, and is never half new."""

    def __init__(self) -> None:
        self.values: Mapping[str, bytes] | None = None
        """None until the topic has been read to its end once."""
        self.reached: Mapping[TopicPartition, int] = {}
        """The offset after the last record in here."""
        self.stale_because: str | None = NOTHING_READ
        self.version = 0
        self._next = asyncio.Event()

    def next_change(self) -> asyncio.Event:
        """Return what is set at the next change of the view or of `reached`."""
        return self._next

    def replace(self, values: Mapping[str, bytes], reached: Mapping[TopicPartition, int]) -> None:
        """Take what was read from the beginning to the end."""
        is_new = self.values != values
        self.values, self.reached, self.stale_because = values, reached, None
        self._tell(is_new=is_new)

    def apply(
        self, records: Iterable[ConsumerRecord], reached: Mapping[TopicPartition, int]
    ) -> None:
        """Take the records that came since."""
        values, some = dict(self.values or {}), list(records)
        take(values, some)
        self.values, self.reached = values, reached
        self._tell(is_new=bool(some))

    def _tell(self, *, is_new: bool) -> None:
        self.version += is_new
        happened, self._next = self._next, asyncio.Event()
        happened.set()


def take(values: MutableMapping[str, bytes], records: Iterable[ConsumerRecord]) -> None:
    """Put records into the values, in order; one without a value deletes."""
    for record in records:
        if record.key is None:
            continue
        key = record.key.decode(errors="replace")
        if record.value is None:
            values.pop(key, None)
        else:
            values[key] = record.value
