"""Reads the records of `retention.policies.v1`."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from schemas.policy_publication import PolicyPublication
from schemas.topics import POLICIES
from services.platform.compacted.table import CompactedTable
from services.platform.faults import KafkaUnreachableError
from services.platform.kafka.clients import connected_consumer
from services.platform.kafka.topic_reader import partitions_of, read_until
from topology.batching.security import KafkaSecurity

PLACE: Final = TopicPartition(POLICIES, 0)
"""All publications are in one partition: their order there is that of their revisions."""


_TIMEOUT_S: Final = 30.0
_FETCH_WAIT_MS: Final = 50


class Publications(NamedTuple):
    """All records, by revision."""

    readable: tuple[PolicyPublication, ...] = ()
    broken: Mapping[str, str] = {}
    """The key of each record that can't be read, with the reason."""

    @property
    def newest(self) -> PolicyPublication | None:
        """The publication that the next one replaces."""
        return self.readable[-1] if self.readable else None

    @property
    def last_revision(self) -> int:
        """The highest revision, also of a record that can't be read; 0 if there is none."""
        keys = (int(key) for key in self.broken if key.isdecimal())
        return max([0, *keys, *(each.revision for each in self.readable)])


def read_publications(values: Mapping[str, bytes]) -> Publications:
    """Read all records of the topic, by key."""
    readable, broken = [], {}
    for key, value in values.items():
        try:
            publication = PolicyPublication.model_validate_json(value)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "the record"
            broken[key] = f"{where}: {first['msg']}"
            continue
        if key == str(publication.revision):
            readable.append(publication)
        else:
            broken[key] = f"its key is {key!r}, and its revision {publication.revision}"
    return Publications(tuple(sorted(readable, key=lambda each: each.revision)), broken)


async def fetch_publications(kafka: str, security: KafkaSecurity) -> Publications:
    """Read all committed publications once. A missing topic has none.

    Raises:
        KafkaUnreachableError: no broker answers.
    """
    try:
        async with (
            asyncio.timeout(_TIMEOUT_S),
            connected_consumer(kafka, security, fetch_max_wait_ms=_FETCH_WAIT_MS) as consumer,
        ):
            if PLACE not in await partitions_of(consumer, [POLICIES]):
                return Publications()
            consumer.assign([PLACE])
            await consumer.seek_to_beginning(PLACE)
            ends, values = await consumer.end_offsets([PLACE]), dict[str, bytes]()
            async for records in read_until(consumer, ends, wait_ms=_FETCH_WAIT_MS):
                values |= {
                    (each.key or b"").decode(errors="replace"): each.value for each in records
                }
            return read_publications(values)
    except (KafkaError, TimeoutError, OSError):
        raise KafkaUnreachableError(kafka) from None


class PublishedPolicies:
    """The publications in a table."""

    def __init__(self, table: CompactedTable) -> None:
        self._table = table
        self._read: tuple[int, Publications] | None = None

    @property
    def stale(self) -> bool:
        """Whether Kafka is away, so that later publications are not known."""
        return self._table.stale

    @property
    def is_read(self) -> bool:
        """Whether the topic has been read to its end once."""
        return self._table.is_read

    @property
    def version(self) -> int:
        """A number that grows with each publication."""
        return self._table.version

    @property
    def reached(self) -> int:
        """The offset up to which the topic has been read; 0 if it does not exist."""
        return self._table.reached.get(PLACE, 0)

    def all(self) -> Publications:
        """Return all publications; raises NotReadError."""
        version = self._table.version
        if self._read is None or self._read[0] != version:
            self._read = version, read_publications(self._table.items())
        return self._read[1]

    async def wait_change(self, seen: int) -> int:
        """Wait until there is a newer version than `seen`, and return it."""
        return await self._table.wait_change(seen)


@asynccontextmanager
async def open_published_policies(
    kafka: str, security: KafkaSecurity
) -> AsyncIterator[PublishedPolicies]:
    """Read the publications in the Kafka at `kafka`, and follow them. Kafka may be away."""
    log = structlog.get_logger(__name__)
    async with CompactedTable(kafka, POLICIES, log=log, security=security) as table:
        yield PublishedPolicies(table)
