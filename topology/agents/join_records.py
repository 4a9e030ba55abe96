"""The records of `journey.joins.v1`, in MessagePack. The key of each is that of the row it is for.

Unknown fields are passed over, and what is missing has a default; a record of another application
that shares the topic is none of ours.
"""

from typing import Final, TypeAlias

from aiokafka import ConsumerRecord
from msgspec import DecodeError, Struct, msgpack

from schemas.dead_letter import DeadLetterReason
from schemas.messages.record_headers import QUIET_HEADER, received_header
from topology.agents.first_arrival import FirstPlace
from topology.agents.received import BROKERS_TIME
from topology.agents.refusal import Refusal
from topology.domain.history.instant import Instant
from topology.domain.history.suppression import Suppression

VERSION: Final = 1


class Place(Struct, frozen=True, array_like=True, gc=False):
    """Where a record was."""

    topic: str
    partition: int
    offset: int


class Claim(Struct, frozen=True, tag="claim", tag_field="kind", gc=False):
    """The user `by` has this name, a message says."""

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
    """When that happened which had it claimed."""
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
    """A record of a source, as it was, for the row that its profile has become a part of."""

    app: str
    source: Place
    timestamp: int
    """When it came, in milliseconds: that stands in for a time that is missing."""
    key: bytes | None
    value: bytes
    version: int = VERSION
    quiet: bool = False
    """True if its header said so: see `schemas.messages.quiet`."""
    received: int | None = None
    """When it came to the first door, by its header: see `schemas.messages.received`."""
    timestamp_type: int = BROKERS_TIME
    """Who set the timestamp: see `received`."""
    retry: bool = False
    """True if it was tried again: then the place is that of its first arrival."""

    def record(self) -> ConsumerRecord[bytes, bytes]:
        """The record, so that what stands in for a missing message id stays the same."""
        source = self.source
        quiet = (QUIET_HEADER,) if self.quiet else ()
        received = () if self.received is None else (received_header(self.received),)
        place = FirstPlace(source.topic, source.partition, source.offset)
        retry = (place.header(),) if self.retry else ()
        return ConsumerRecord(
            source.topic,
            source.partition,
            source.offset,
            self.timestamp,
            self.timestamp_type,
            self.key,
            self.value,
            None,
            -1 if self.key is None else len(self.key),
            len(self.value),
            (*quiet, *received, *retry),
        )


class Erase(Struct, frozen=True, tag="erasure", tag_field="kind", gc=False):
    """The person who has this name is to be erased."""

    app: str
    erasure_id: str
    requested_at: Instant
    salt: bytes
    """The fingerprint of the salt that marks are made with."""
    at: Instant = 0
    """The latest time at which it was passed on; of a row's word up to when it was erased."""
    names: tuple[str, ...] = ()
    """The names that it has come by; of a row's word to its other names, all of its names."""
    told_by_row: bool = False
    """True if the row was erased, and only what leads to it is left."""
    word: Suppression | None = None
    """What was said of the suppression list, for the marks of its names."""
    version: int = VERSION


JoinRecord: TypeAlias = Claim | Merge | Refused | Passed | Erase

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
        said = f"a record of version {record.version}; this release reads {VERSION} and older"
        return Refusal(DeadLetterReason.UNKNOWN_SHAPE, said)
    return record


def place_of(record: ConsumerRecord[bytes, bytes]) -> Place:
    """Where a record is."""
    return Place(record.topic, record.partition, record.offset)
