"""What came of a run: all that the topics hold."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from schemas import topics
from schemas.erasure import Erasure
from tests.chaos.tail import Record, Tail
from tests.chaos.world import APP, PARTITIONS
from topology.batching.clock import CLOCK_KEY
from topology.domain.history.instant import to_datetime
from topology.domain.history.state import State
from topology.domain.rows.erased import decode_erased, is_tombstone
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import read_entry

Json = dict[str, Any]


class Outcome(NamedTuple):
    """What the topics hold, read_committed."""

    transitions: list[Json]
    triggers: list[Json]
    trigger_headers: list[str]
    dead_letters: list[Record]
    sources: list[Record]
    clock: list[Record]
    entries: dict[str, State | Forward]
    """Rows, and where other names lead."""
    tombstones: dict[bytes, datetime]
    """Up to when which names were erased."""
    erasures: list[Erasure]

    @property
    def rows(self) -> list[State]:
        """The rows, one for each customer."""
        return [each for each in self.entries.values() if isinstance(each, State)]


async def read_outcome(kafka: str) -> Outcome:
    """Read everything."""

    async def read(*names: str) -> list[Record]:
        return await Tail(kafka, names, PARTITIONS).rest()

    triggers = await read(topics.TRIGGERS)
    changelog = await read(topics.changelog(APP))
    latest = {each.key: each.value for each in changelog if each.key != CLOCK_KEY}
    kept = {key: value for key, value in latest.items() if value is not None}
    return Outcome(
        transitions=_json(await read(topics.TRANSITIONS)),
        triggers=_json(triggers),
        trigger_headers=[dict(each.headers)["ce_id"].decode() for each in triggers],
        dead_letters=await read(topics.DEAD_LETTERS),
        sources=await read(*topics.SOURCES),
        clock=await read(topics.CLOCK),
        entries={
            key.decode(): read_entry(value) for key, value in kept.items() if not is_tombstone(key)
        },
        tombstones={
            key: to_datetime(decode_erased(value).as_of)
            for key, value in kept.items()
            if is_tombstone(key)
        },
        erasures=[Erasure.model_validate_json(each.value) for each in await read(topics.ERASURES)],
    )


def _json(records: Iterable[Record]) -> list[Json]:
    return [msgspec.json.decode(each.value) for each in records]
