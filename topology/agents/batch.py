"""Batch: the rows that one batch touches, decoded once each, and what comes out."""

from collections.abc import Mapping

from msgspec.structs import replace

from topology.agents.currency import in_currency
from topology.agents.erased_names import ErasedNames
from topology.agents.marks import ErasureTombstones
from topology.agents.outputs import transition_output, trigger_output
from topology.agents.record_router import RecordRouter
from topology.batching.handler import BatchTime, Changes, Output, Row
from topology.domain.advance import advance, join
from topology.domain.history.event import Event
from topology.domain.history.instant import Instant
from topology.domain.history.names import in_short
from topology.domain.history.person import Person
from topology.domain.history.state import State
from topology.domain.history.suppression import (
    Suppression,
    is_suppression,
    suppression_in,
    without_reason,
)
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import encode_row, read_entry
from topology.domain.steps.merge import Keyed, with_word
from topology.domain.steps.newcomer import newcomer
from topology.domain.steps.settling import as_paused, as_viewed
from topology.domain.steps.step import Step
from topology.domain.steps.wake import wake_at


class Batch:
    """What one transaction will change."""

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
        self._began = batch_time.began or 0  # Before the first instant rows stand where they are.
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

    def put(self, key: bytes, entry: State | Forward) -> None:
        """Let this be the entry of a key; nothing has happened."""
        self._entries[key] = entry

    def erase(self, key: bytes, at: Instant, word: Suppression | None) -> None:
        """Let there be nothing under a name, and nothing come back of what happened until then.

        But what was said of the suppression list.
        """
        self._entries[key] = None
        self.erased.add(key, at, word)

    def is_erased(self, key: bytes, at: Instant) -> bool:
        """True if what happened at this instant under a name is not to be taken any more."""
        return at <= self.erased.until(key)

    def drop(self, key: bytes, event: Event) -> None:
        """Leave out what happened before its name was erased. The suppression list still counts."""
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
        """The row that somebody begins with whose name was erased, met again at that time.

        None unless something had been said of the suppression list: that alone is remembered.
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
        # Marks first: who reads a row's end knows then what it is the end of.
        rows = {
            tombstone: Row(value, None) for tombstone, value in self.erased.tombstones().items()
        }
        rows |= {key: self._row(entry) for key, entry in self._entries.items()}
        return Changes(rows, self.outputs, self.dropped, taken=taken)

    def _row(self, entry: State | Forward | None) -> Row:
        if entry is None:
            return Row(None, None)
        if type(entry) is not State:
            return Row(encode_row(entry), None)
        if entry.settles_at is not None:
            shown = as_viewed(entry, self._now or entry.as_of, self._book)
            return Row(encode_row(shown), entry.settles_at)
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
        if isinstance(entry, Forward):
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
        if step.transitions or step.triggers:
            self._say(key, step)
        return step

    def _say(self, key: bytes, step: Step) -> None:
        for transition in step.transitions:
            name = transition.customer_id.encode()
            self.outputs.append(transition_output(name, transition, self._home(key, name)))
        for trigger in step.triggers:
            name = trigger.customer_id.encode()
            self.outputs.append(trigger_output(name, trigger, self._home(key, name)))

    def _home(self, key: bytes, name: bytes) -> int | None:
        """Where what is said of a customer goes: to the partition of what they are called."""
        return None if name == key else self._router.home(name)


def _named_by(state: State, event: Event) -> State:
    """Note that the row's key is a user id, if the event says so."""
    if not event.message.user_id:
        return state
    return replace(state, known_by=in_short(replace(state.names, user=True)))
