"""The records of `journey.joins.v1`, in MessagePack. The key of each is that of the row it is for.

The decoder ignores unknown fields, and a missing one has a default. Another application may
share the topic: its records are not ours.
"""

from typing import Final, TypeAlias

from msgspec import DecodeError, Struct, msgpack

from schemas.dead_letter import DeadLetterReason
from schemas.messages.record_headers import QUIET_HEADER, received_header
from topology.agents.dead_letters import Refusal
from topology.agents.received import BROKERS_TIME, FirstPlace
from topology.batching.record import Record
from topology.domain.history.instant import Instant
from topology.domain.history.suppression import Suppression

VERSION: Final = 1


class Place(Struct, frozen=True, array_like=True, gc=False):
    """Where a record was."""

    topic: str
    partition: int
    offset: int


class Claim(Struct, frozen=True, tag="claim", tag_field="kind", gc=False):
    """A message says that the user `by` has this name."""

    app: str
    by: str
    name: str
    explicit: bool
    """True if an alias said so."""
    at: Instant
    message_id: str
    names: int
    """How many names the claimant has without this one."""
    source: Place
    """Where the message was."""
    answer: bool = False
    """True if a smaller user id answers the claim of a larger one."""
    version: int = VERSION


class Merge(Struct, frozen=True, tag="merge", tag_field="kind", gc=False):
    """The row of a name that has yielded."""

    app: str
    name: str
    row: bytes
    claimed_at: Instant = 0
    """The time of the event that claimed it."""
    version: int = VERSION


class Refused(Struct, frozen=True, tag="refusal", tag_field="kind", gc=False):
    """A claimed name belongs to somebody else."""

    app: str
    name: str
    owner: str
    at: Instant
    erased: bool = False
    """True if it was erased after the claim; then it is nobody's."""
    version: int = VERSION


class Passed(Struct, frozen=True, tag="event", tag_field="kind", gc=False):
    """A record of a source, as received, for the row that its profile has become a part of."""

    app: str
    source: Place
    timestamp: int
    """When it came, in milliseconds: that stands in for a time that is missing."""
    key: bytes | None
    value: bytes
    version: int = VERSION
    quiet: bool = False
    """True if its header said so: see `schemas.messages.record_headers`."""
    received: int | None = None
    """When it first arrived, by its header: see `schemas.messages.record_headers`."""
    timestamp_type: int = BROKERS_TIME
    """Who set the timestamp: see `received`."""
    retry: bool = False
    """True if it was tried again: then the place is that of its first arrival."""

    def record(self) -> Record:
        """The record, so that what stands in for a missing message id stays the same."""
        source = self.source
        quiet = (QUIET_HEADER,) if self.quiet else ()
        received = () if self.received is None else (received_header(self.received),)
        place = FirstPlace(source.topic, source.partition, source.offset)
        retry = (place.header(),) if self.retry else ()
        return Record(
            topic=source.topic,
            partition=source.partition,
            offset=source.offset,
            timestamp=self.timestamp,
            timestamp_type=self.timestamp_type,
            key=self.key,
            value=self.value,
            headers=(*quiet, *received, *retry),
        )


class Erase(Struct, frozen=True, tag="erasure", tag_field="kind", gc=False):
    """The person who has this name is to be erased."""

    app: str
    erasure_id: str
    requested_at: Instant
    salt: bytes
    """The fingerprint of the salt that tombstones are made with."""
    at: Instant = 0
    """The latest time at which it was passed on; in a row's notice up to when it was erased."""
    names: tuple[str, ...] = ()
    """The names that it came by; in a row's notice all names of that row."""
    told_by_row: bool = False
    """True if the row was erased, and only the names that lead to it are left."""
    word: Suppression | None = None
    """The suppression, for the tombstones of its names."""
    version: int = VERSION


class ReviewHeld(Struct, frozen=True, tag="review", tag_field="kind", gc=False):
    """A held trigger is to be released or dismissed."""

    app: str
    held: bytes
    """The record of the held trigger, JSON."""
    by: str
    """Who decided that: the name of an API key."""
    dismisses: bool = False
    not_before: Instant = 0
    """When a release is to be decided; 0 is at once."""
    version: int = VERSION


JoinRecord: TypeAlias = Claim | Merge | Refused | Passed | Erase | ReviewHeld

_ENCODE: Final = msgpack.Encoder().encode
_DECODER: Final[msgpack.Decoder[JoinRecord]] = msgpack.Decoder(JoinRecord)


def encode_join(record: JoinRecord) -> bytes:
    """Turn a record into bytes."""
    return _ENCODE(record)


def decode_join(value: bytes | None) -> JoinRecord | Refusal:
    """Turn bytes into a record, or say why they are none."""
    try:
        record = _DECODER.decode(value or b"")
    except (DecodeError, RecursionError) as error:
        return Refusal(DeadLetterReason.UNKNOWN_SHAPE, f"no record about names: {error}")
    if record.version > VERSION:
        detail = f"a record of version {record.version}; this release reads {VERSION} and older"
        return Refusal(DeadLetterReason.UNKNOWN_SHAPE, detail)
    return record


def place_of(record: Record) -> Place:
    """Where a record is."""
    return Place(record.topic, record.partition, record.offset)
