"""Rows before histories, at the start: who was erased must be known before histories are read.

Kafka may have forgotten by then that a row has gone, but never the mark of its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from aiokafka import TopicPartition

from services.projector.feed import Feed
from services.projector.sources import SourceNames


@dataclass(frozen=True, slots=True)
class RowsFirst:
    """Histories wait until the rows have been read to where they ended at the start."""

    feed: Feed
    ends: Mapping[TopicPartition, int]

    @classmethod
    async def of(cls, feed: Feed, names: SourceNames) -> Self:
        """Let histories wait."""
        feed.hold({names.transitions, names.triggers})
        ends = await feed.ends()
        return cls(feed, {each: end for each, end in ends.items() if each.topic == names.rows})

    async def is_over(self) -> bool:
        """True once rows have been read; then histories go on."""
        positions = await self.feed.positions()
        if any(positions[each] < end for each, end in self.ends.items()):
            return False
        self.feed.close_client()
        return True
