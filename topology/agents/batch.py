"""Batch: the rows that one batch touches, decoded once each, and what comes out."""

from collections.abc import Mapping
from typing import Final

import msgspec

from schemas import topics
from schemas.cloud_event import trigger_headers
from schemas.held import HeldTrigger
from schemas.transition import Transition
from schemas.trigger import Trigger
from topology.agents.currency import in_currency
from topology.agents.erased_names import ErasedNames, ErasureTombstones
from topology.agents.record_router import RecordRouter
from topology.batching.handler import BatchTime, Changes, Output, Row
from topology.domain.advance import advance, join
from topology.domain.history.event import Event
from topology.domain.history.instant import Instant
from topology.domain.history.names import in_short
from topology.domain.history.person import Person
from topology.domain.history.record import replace
from topology.domain.history.state import State
from topology.domain.history.suppression import (
    Suppression,
    is_suppression,
    suppression_in,
    without_reason,
)
from topology.domain.policy.rulebook import Rulebook
from topology.domain.review_held import review_held
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import encode_row, read_entry
from topology.domain.steps.merge import Keyed, with_word
from topology.domain.steps.newcomer import newcomer
from topology.domain.steps.review import ReviewCommand
from topology.domain.steps.settling import as_paused, as_viewed
from topology.domain.steps.step import Step
from topology.domain.steps.wake import wake_at


class Batch:
    """The rows and outputs of one transaction."""

    def __init__(
        self,
        rows: Mapping[bytes, bytes],
        book: Rulebook,
        batch_time: BatchTime,
        router: RecordRouter,
        tombstones: ErasureTombstones,
    ) -> None:
        self._rows = rows
        self._book = book
        self._clock, self._now = batch_time.clock, batch_time.now
        # Before the first instant rows stand where they are.
        self._began = batch_time.clock_at_begin or 0
        self._router = router
        self._entries: dict[bytes, State | Forward | None] = {}
        self.erased = ErasedNames(rows, tombstones)
        self.dropped = 0
        self.outputs: list[Output] = []

    @property
    def currency(self) -> str:
        """In which all rows are."""
        return self._book.currency

    def take(self, key: bytes, state: State | None, event: Event) -> Step:
        """Absorb an event into a row that is at its present."""
        now = event.at if self._now is None else self._now
        if state is None:
            state = self.remembered(key, event.at)
        if state is not None and state.known_by is not True and not state.names.user:
            state = _named_by(state, event)
        return self._keep(key, advance(state, event, now, self._book, self._clock))

    def walk(self, key: bytes, until: Instant) -> None:
        """Advance a row by the clock alone."""
        state = self.present(key)
        if isinstance(state, State):
            self._keep(key, advance(state, None, until, self._book, self._clock))

    def join(self, key: bytes, state: State, other: Keyed) -> None:
        """Let another row become part of one that is at its present."""
        own = Keyed(key.decode(), state)
        now = max(state.as_of, other.state.as_of) if self._now is None else self._now
        self._keep(key, join(own, other, now, self._book, self._clock))

    def review(self, key: bytes, state: State, command: ReviewCommand) -> None:
        """Release or dismiss a held trigger of a row that is at its present."""
        now = state.as_of if self._now is None else self._now
        self._keep(key, review_held(state, command, now, self._book))

    def put(self, key: bytes, entry: State | Forward) -> None:
        """Let this be the entry of a key; nothing has happened."""
        self._entries[key] = entry

    def erase(self, key: bytes, at: Instant, word: Suppression | None) -> None:
        """Remove the row of a name; nothing that happened until then comes back.

        Only the suppression is kept.
        """
        self._entries[key] = None
        self.erased.add(key, at, word)

    def is_erased(self, key: bytes, at: Instant) -> bool:
        """True if an event of this instant is dropped, since its name was erased later."""
        return at <= self.erased.until(key)

    def drop(self, key: bytes, event: Event) -> None:
        """Drop an event from before its name was erased. The suppression list still counts."""
        self.dropped += 1
        if not is_suppression(event):
            return
        word = suppression_in(event)
        self.erased.add(key, event.at, word)
        state = self.present(key)
        if isinstance(state, State) and with_word(state, without_reason(word)) is not state:
            blank = self._blank(key, state.history.last_seen_at, word)
            self.join(key, state, Keyed(key.decode(), blank))

    def remembered(self, key: bytes, at: Instant) -> State | None:
        """The first row of a customer who returns after an erasure, met again at that time.

        None if there was no suppression: nothing else outlasts an erasure.
        """
        word = self.erased.word_of(key)
        return None if word is None else self._blank(key, at, word)

    def _blank(self, key: bytes, at: Instant, word: Suppression) -> State:
        person = Person(suppression=without_reason(word))
        return newcomer(key.decode(), at=at, book=self._book, is_user=False, person=person)

    def changes(self, taken: int | None = None) -> Changes:
        """All that came of it: of so many records, or due rows, if the time was up before the end.

        The others are taken by another batch.
        """
        # Tombstones first: a reader must know who was erased before the row is removed.
        rows = {
            tombstone: Row(value, None) for tombstone, value in self.erased.tombstones().items()
        }
        rows |= {key: self._row(entry) for key, entry in self._entries.items()}
        return Changes(rows, self.outputs, self.dropped, processed=taken)

    def _row(self, entry: State | Forward | None) -> Row:
        if entry is None:
            return Row(None, None)
        if type(entry) is not State:
            return Row(encode_row(entry), None)
        if entry.settles_at is not None:
            viewed = as_viewed(entry, self._now or entry.as_of, self._book)
            return Row(encode_row(viewed), entry.settles_at)
        return Row(encode_row(entry), wake_at(entry, self._book))

    def present(self, key: bytes) -> State | Forward | None:
        """The row at its present: the partition's clock may have passed it by, with nothing due.

        A new policy takes effect where the clock had come when the worker opened the partition,
        before the clock goes on. A row whose history is still coming in stays where it is. A row
        that has become part of another is only where that one is to be found.
        """
        if key in self._entries:
            return self._entries[key]
        value = self._rows.get(key)
        if value is None:
            return None
        entry, clock = read_entry(value), self._clock
        if not isinstance(entry, State):
            return entry
        if entry.currency != self._book.currency:
            entry = in_currency(entry, self._book.currency)
        if (settles_at := entry.settles_at) is not None:
            entry = as_paused(entry)
            if clock < settles_at:
                return entry
        elif entry.clock >= clock and entry.policy_version == self._book.version:
            return entry
        step = advance(entry, None, clock, self._book, clock, self._began)
        self._keep(key, step)
        return step.state

    def _keep(self, key: bytes, step: Step) -> Step:
        if step.state is not None:
            self._entries[key] = step.state
        if step.transitions or step.triggers or step.held:
            self._publish(key, step)
        return step

    def _publish(self, key: bytes, step: Step) -> None:
        for transition in step.transitions:
            name = transition.customer_id.encode()
            self.outputs.append(transition_output(name, transition, self._home(key, name)))
        for trigger in step.triggers:
            name = trigger.customer_id.encode()
            self.outputs.append(trigger_output(name, trigger, self._home(key, name)))
        for held in step.held:
            name = held.customer_id.encode()
            self.outputs.append(held_output(name, held, self._home(key, name)))

    def _home(self, key: bytes, name: bytes) -> int | None:
        """The partition of a customer's outputs: that of their customer id."""
        return None if name == key else self._router.home(name)


def _named_by(state: State, event: Event) -> State:
    """Note that the row's key is a user id, if the event says so."""
    if not event.message.user_id:
        return state
    return replace(state, known_by=in_short(replace(state.names, user=True)))


_ENCODE: Final = msgspec.json.Encoder().encode


def transition_output(key: bytes, transition: Transition, partition: int | None) -> Output:
    """The record of a transition."""
    return Output(topics.TRANSITIONS, key, _ENCODE(transition), (), partition)


def trigger_output(key: bytes, trigger: Trigger, partition: int | None) -> Output:
    """The record of a trigger, with the headers of CloudEvents 1.0 in binary mode."""
    headers = trigger_headers(trigger.trigger_id, trigger.effective_at)
    value = _ENCODE(trigger)
    return Output(topics.TRIGGERS, key, value, headers, partition)


def held_output(key: bytes, held: HeldTrigger, partition: int | None) -> Output:
    """The record of a held trigger, or of a decision on it."""
    return Output(topics.HELD, key, _ENCODE(held), (), partition)
