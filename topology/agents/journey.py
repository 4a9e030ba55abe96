"""The journey: records and due rows of one partition, through the domain, into changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

from schemas import topics
from schemas.dead_letter import DeadLetterReason
from schemas.messages.reading import Reading
from topology.agents.batch import Batch
from topology.agents.currency import CurrencyError
from topology.agents.dead_letters import Refusal
from topology.agents.decode import EventDecoder
from topology.agents.erased_names import ErasureTombstones
from topology.agents.erasures import Erasures, check_salt
from topology.agents.join_records import (
    Claim,
    Erase,
    Merge,
    Passed,
    Refused,
    ReviewHeld,
    decode_join,
)
from topology.agents.joins import Joins
from topology.agents.newer_release import NewerReleaseError
from topology.agents.record_router import RecordRouter
from topology.agents.reviews import read_review
from topology.agents.sizes import DEFAULTS, Limits
from topology.agents.ticks import decode_tick
from topology.batching.handler import BatchTime, Changes, Output
from topology.batching.hops import Hops
from topology.batching.record import Record
from topology.domain.history.claims import JOINING
from topology.domain.history.event import Event
from topology.domain.history.instant import Instant, from_datetime
from topology.domain.history.record import replace
from topology.domain.history.state import State
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rows.erased import is_tombstone
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import NewerRowError, OtherCurrencyError, wake_of

CONSUMED: Final = (*topics.SOURCES, topics.JOINS)
"""The topics whose records come to `on_records`."""


class Journey:
    """The batch handler of Stammkunde.

    Args:
        book: the compiled policy.
        partitions: how many partitions each topic has.
        machine_now: the machine's time in microseconds since 1970, whatever the worker's clock is.
        limits: how large a record of each topic may be.
        app_id: whose records about names are ours, in a topic that others may share.
        salt: makes the erasure tombstones of names; None if nobody can be erased.
        note: called with each reading of a message that was not in the contract's form.
    """

    def __init__(  # noqa: PLR0913
        self,
        book: Rulebook,
        partitions: int,
        machine_now: Callable[[], Instant],
        limits: Limits = DEFAULTS,
        app_id: str = "",
        salt: bytes | None = None,
        *,
        note: Callable[[Reading], object] | None = None,
    ) -> None:
        self._note = note
        self._book = book
        self._events = EventDecoder(book.exchange, book.oldest_event, book.kept)
        self._app_id = app_id
        self._tombstones = ErasureTombstones(salt)
        self._machine_now = machine_now
        self._router = RecordRouter(partitions, limits)

    def on_records(
        self,
        partition: int,
        rows: Mapping[bytes, bytes],
        records: Sequence[Record],
        batch_time: BatchTime,
    ) -> Changes:
        """Absorb events into rows; refused records go to the dead letters."""
        hops = Hops(CONSUMED)
        batch = self._batch(rows, batch_time)
        joins, machine_now = Joins(batch, self._router, self._app_id), self._machine_now()
        decode, tombstones, outputs = self._events.decode, self._tombstones, batch.outputs
        note = self._note
        now = machine_now if batch_time.now is None else batch_time.now
        erasures = Erasures(batch, self._router, self._app_id, self._tombstones.salt, now)
        context = _Context(partition, batch, joins, erasures, machine_now)
        monotonic, ends, taken = batch_time.monotonic, batch_time.deadline, None
        for place, record in enumerate(hops.follow(records, outputs)):
            if monotonic() >= ends and place:
                taken = place
                break
            if record.topic == topics.JOINS:
                self._receive(context, record)
                continue
            event = decode(record, machine_now, note)
            if not isinstance(event, Event):
                outputs.append(self._router.refuse(record, event))
                continue
            key = event.profile.encode()
            if tombstones.met and batch.is_erased(key, event.at):
                batch.drop(key, event)
                continue
            entry = batch.present(key)
            # A row is only ever made in its profile's partition; murmur2 is slow in Python.
            if entry is None and (home := self._router.home(key)) != partition:
                outputs.append(self._router.hand_on(record, key, home))
            elif entry is None or isinstance(entry, State):
                _take(context, record, key, entry, event)
            else:
                joins.pass_on(record, key, entry, event)
        changes = batch.changes(taken)
        changes.handed_on = hops.handed_on
        return changes

    def on_due(
        self, rows: Mapping[bytes, bytes], keys: Sequence[bytes], until: int, batch_time: BatchTime
    ) -> Changes:
        """Walk the clock of rows that fall due."""
        batch = self._batch(rows, batch_time)
        for place, key in enumerate(keys):
            if batch_time.monotonic() >= batch_time.deadline and place:
                return batch.changes(place)
            batch.walk(key, until)
        return batch.changes()

    def read_tick(self, record: Record) -> int | Output:
        """The instant of a tick, or its dead letter if the record is none, or can't be true."""
        at = decode_tick(record, self._machine_now())
        return self._router.refuse(record, at) if isinstance(at, Refusal) else at

    def wake_at(self, key: bytes, value: bytes) -> int | None:
        """When a restored row is due.

        Raises:
            SaltError: it is the erasure tombstone of a name, and of another salt than ours.
            CurrencyError: its amounts are in another currency than the policy's.
            NewerReleaseError: a newer release has written it.
        """
        if is_tombstone(key):
            check_salt(value, self._tombstones.salt)
            self._tombstones.meet()
            return None
        try:
            return wake_of(value, self._book)
        except OtherCurrencyError as error:
            raise CurrencyError(error.currency, self._book.currency) from None
        except NewerRowError as error:
            raise NewerReleaseError(error) from None

    def _batch(self, rows: Mapping[bytes, bytes], batch_time: BatchTime) -> Batch:
        return Batch(rows, self._book, batch_time, self._router, self._tombstones)

    def _receive(self, context: "_Context", record: Record) -> None:
        """Take a record of another row about names, or an event of one of our names."""
        batch, router, key = context.batch, self._router, record.key
        if not _is_name(key):
            batch.outputs.append(router.refuse(record, _NO_NAME))
            return
        content = decode_join(record.value)
        if isinstance(content, Refusal):
            batch.outputs.append(router.refuse(record, content))
            return
        if content.app != self._app_id:
            return
        entry = batch.present(key)
        if entry is None and (home := router.home(key)) != context.partition:
            batch.outputs.append(router.hand_on(record, key, home))
        elif isinstance(content, Erase):
            context.erasures.receive(key, entry, content)
        elif isinstance(content, Claim) and batch.is_erased(key, content.at):
            context.joins.refuse_erased(key, content)
        elif isinstance(content, Merge) and context.erasures.drop(key, content):
            return
        elif isinstance(content, Passed):
            self._receive_event(context, key, entry, content)
        elif isinstance(entry, Forward):
            context.joins.go_along(entry, content)
        else:
            self._receive_at_row(context, record, key, entry, content)

    def _receive_event(
        self, context: "_Context", key: bytes, entry: State | Forward | None, passed: Passed
    ) -> None:
        """Take an event that came under another name."""
        batch, original = context.batch, passed.record()
        event = self._events.decode(original, context.machine_now)
        if isinstance(event, Refusal):
            batch.outputs.append(self._router.refuse(original, event))
        elif batch.is_erased(key, event.at):
            batch.drop(key, event)
        elif isinstance(entry, Forward):
            context.joins.go_along(entry, passed)
        else:
            _take(context, original, key, entry, replace(event, profile=key.decode()))

    def _receive_at_row(
        self,
        context: "_Context",
        record: Record,
        key: bytes,
        state: State | None,
        content: Claim | Merge | Refused | ReviewHeld,
    ) -> None:
        """Take a record about names, or a review. That of an erased customer is dropped."""
        if not isinstance(content, ReviewHeld):
            context.joins.receive(record, key, state, content)
            return
        batch, command = context.batch, read_review(content)
        if isinstance(command, Refusal):
            batch.outputs.append(self._router.refuse(record, command))
        elif state is None or batch.is_erased(key, from_datetime(command.held.effective_at)):
            batch.dropped += 1
        else:
            batch.review(key, state, command)


@dataclass(frozen=True, slots=True)
class _Context:
    """What the records of one batch share."""

    partition: int
    batch: Batch
    joins: Joins
    erasures: Erasures
    machine_now: Instant


def _take(
    context: _Context,
    record: Record,
    key: bytes,
    state: State | None,
    event: Event,
) -> None:
    """Absorb an event; one that may join names takes the longer way."""
    message = event.message
    other = message.anonymous_id
    if (
        event.name in JOINING
        or (other and message.user_id and not _has(state, other))
        or message.context.external_ids
    ):
        context.joins.take(record, key, state, event)
    else:
        context.batch.take(key, state, event)


def _has(state: State | None, name: str) -> bool:
    return state is not None and name in state.names.others


_NO_NAME: Final = Refusal(DeadLetterReason.UNKNOWN_SHAPE, "the key is no name: UTF-8, not empty")


def _is_name(key: bytes | None) -> TypeGuard[bytes]:
    if not key or key[:1] == b"\0":
        return False
    try:
        key.decode()
    except UnicodeDecodeError:
        return False
    return True
