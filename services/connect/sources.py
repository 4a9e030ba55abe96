"""The sources: shops that were connected, with their secrets, in a compacted topic.

The records of `connect.sources.v1`:
    <kind>/<name>                  a Source, written by the command
    <kind>/<name>/seen/<outcome>   a Sighting, written by the API
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Annotated, Final, TypeVar

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from schemas.topics import CONNECT_SOURCES
from services.connect.mapped import Outcome
from services.platform.compacted.table import CompactedTable
from services.platform.faults import FaultError
from topology.batching.security import OPEN, KafkaSecurity

NAME: Final = r"^[a-z0-9][a-z0-9-]{0,38}$"
LONGEST_SECRET: Final = 256

T = TypeVar("T", bound=BaseModel)


class UnknownSourceError(FaultError):
    """There is no such source."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(
            f"There is no source {name!r} of {kind}: `stammkunde connect list` shows all of them."
        )


class SourceExistsError(FaultError):
    """A source of this kind and name exists."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(
            f"There is a source {name!r} of {kind}: choose another name, or exchange its secret "
            f"with `stammkunde connect rotate {kind} --name {name}`."
        )


class SourceSecret(BaseModel):
    """A secret that signs webhooks, in clear: with its hash no signature can be checked."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_SECRET, repr=False)]
    until: AwareDatetime | None = None
    """When it ends; None as long as it is the newest."""


class Source(BaseModel):
    """One shop that was connected. The newest of its secrets comes first."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str
    name: Annotated[str, Field(pattern=NAME)]
    created_at: AwareDatetime
    changed_at: AwareDatetime
    """When it was added, or its secret was exchanged."""
    secrets: tuple[SourceSecret, ...] = Field(repr=False)

    @property
    def key(self) -> str:
        """The key of its record."""
        return source_key(self.kind, self.name)

    def secrets_at(self, now: datetime) -> Sequence[str]:
        """Return the secrets that are valid at a time."""
        return [each.text for each in self.secrets if each.until is None or now < each.until]


class Sighting(BaseModel):
    """The first webhook of a source with an outcome."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    at: AwareDatetime
    topic: Annotated[str, Field(max_length=100)]
    """As the shop names it; empty if the signature was not right."""
    messages: int
    detail: str = ""


def source_key(kind: str, name: str) -> str:
    """Return the key of a Source."""
    return f"{kind}/{name}"


def new_source(kind: str, name: str, secret: str, now: datetime) -> Source:
    """Return a source with one secret."""
    only = SourceSecret(text=secret)
    return Source(kind=kind, name=name, created_at=now, changed_at=now, secrets=(only,))


def rotated(source: Source, secret: str, now: datetime, overlap: timedelta) -> Source:
    """Return a source with a new secret. The one before is valid for `overlap` more."""
    before = source.secrets[0].model_copy(update={"until": now + overlap})
    both = (SourceSecret(text=secret), before) if overlap else (SourceSecret(text=secret),)
    return source.model_copy(update={"secrets": both, "changed_at": now})


class Sources:
    """The sources in a table."""

    def __init__(self, table: CompactedTable) -> None:
        self._table = table

    def find(self, kind: str, name: str) -> Source | None:
        """Return a source, None if there is none; raises NotReadError."""
        return _read(Source, self._table.get(source_key(kind, name)))

    def all(self) -> Sequence[Source]:
        """Return all sources, by kind and name; raises NotReadError."""
        items = self._table.items()
        found = (_read(Source, items[key]) for key in sorted(items) if key.count("/") == 1)
        return [each for each in found if each is not None]

    def sightings(self, source: Source) -> Mapping[Outcome, Sighting]:
        """Return what was seen of a source since it was changed, by outcome."""
        found = {
            outcome: _read(Sighting, self._table.get(f"{source.key}/seen/{outcome}"))
            for outcome in Outcome
        }
        return {
            outcome: each
            for outcome, each in found.items()
            if each is not None and each.at >= source.changed_at
        }

    @property
    def version(self) -> int:
        """A number that grows whenever something changes."""
        return self._table.version

    async def wait_change(self, seen: int) -> int:
        """Wait until there is a newer version than `seen`, and return it."""
        return await self._table.wait_change(seen)

    async def store(self, source: Source) -> None:
        """Store a source; raises FaultError if Kafka does not take it."""
        await self._table.put(source.key, source.model_dump_json().encode())

    async def remove(self, source: Source) -> None:
        """Remove a source, and what was seen of it; raises FaultError."""
        await self._table.delete(source.key)
        for key in self._table.items():
            if key.startswith(f"{source.key}/"):
                await self._table.delete(key)

    async def record(self, source: Source, outcome: Outcome, sighting: Sighting) -> None:
        """Record the first webhook with an outcome; raises FaultError."""
        if outcome not in self.sightings(source):
            key = f"{source.key}/seen/{outcome}"
            await self._table.put(key, sighting.model_dump_json().encode())


def _read(model: type[T], value: bytes | None) -> T | None:
    if value is None:
        return None
    try:
        return model.model_validate_json(value)
    except ValidationError:
        return None


@asynccontextmanager
async def open_sources(kafka: str, security: KafkaSecurity = OPEN) -> AsyncIterator[Sources]:
    """Read the sources in the Kafka at `kafka`, and follow their changes. Kafka may be away."""
    log = structlog.get_logger(__name__)
    async with CompactedTable(kafka, CONNECT_SOURCES, log=log, security=security) as table:
        yield Sources(table)
