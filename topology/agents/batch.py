"""Batch: the rows that one batch touches, decoded once each, and what comes out."""

from collections.abc import Mapping

from msgspec.structs import replace

from topology.agents.outputs import transition_output, trigger_output
from topology.agents.posting import Posting
from topology.agents.warm_rows import WarmRows
from topology.batching.handler import Changes, Moment, Output, Row
from topology.domain.advance import advance, join
from topology.domain.event import Event
from topology.domain.forward import Forward
from topology.domain.instant import Instant
from topology.domain.merge import Keyed
from topology.domain.names import USER
from topology.domain.rulebook import Rulebook
from topology.domain.state import State
from topology.domain.step import Step
from topology.domain.wake import wake_at


class Batch:
    """What one transaction will change."""

    def __init__(
        self,
        rows: Mapping[bytes, bytes],
        warm: WarmRows,
        book: Rulebook,
        moment: Moment,
        posting: Posting,
    ) -> None:
        self._rows = rows
        self._warm = warm
        self._book = book
        self._moment = moment
        self._posting = posting
        self._entries: dict[bytes, State | Forward] = {}
        self.outputs: list[Output] = []

    def take(self, key: bytes, state: State | None, event: Event) -> Step:
        """Absorb an event into a row that is at its present."""
        moment = self._moment
        now = event.at if moment.now is None else moment.now
        if state is not None:
            names = state.names
            if (names is None or not names.user) and event.message.user_id:
                state = replace(state, names=USER if names is None else replace(names, user=True))
        return self._keep(key, advance(state, event, now, self._book, moment.clock))

    def walk(self, key: bytes, until: Instant) -> None:
        """Advance a row by the clock alone."""
        state = self.present(key)
        if isinstance(state, State):
            self._keep(key, advance(state, None, until, self._book, self._moment.clock))

    def join(self, key: bytes, state: State, other: Keyed) -> None:
        """Let another row become part of one that is at its present."""
        moment = self._moment
        own = Keyed(key.decode(), state)
        now = max(state.as_of, other.state.as_of) if moment.now is None else moment.now
        self._keep(key, join(own, other, now, self._book, moment.clock))

    def put(self, key: bytes, entry: State | Forward) -> None:
        """Let this be the entry of a key; nothing has happened."""
        self._entries[key] = entry

    def changes(self) -> Changes:
        """All that came of it."""
        book, write = self._book, self._warm.write
        rows = {
            key: Row(write(key, entry), wake_at(entry, book) if type(entry) is State else None)
            for key, entry in self._entries.items()
        }
        return Changes(rows, self.outputs)

    def present(self, key: bytes) -> State | Forward | None:
        """The row at its present: the partition's clock may have passed it by, with nothing due.

        A new policy takes effect there, too, before the clock goes on. A row that has become part
        of another is only where that one is to be found.
        """
        entry = self._entries.get(key)
        if entry is not None:
            return entry
        value = self._rows.get(key)
        if value is None:
            return None
        entry, clock = self._warm.read(key, value), self._moment.clock
        if isinstance(entry, Forward):
            return entry
        if entry.clock >= clock and entry.policy_version == self._book.version:
            return entry
        step = advance(entry, None, clock, self._book, clock)
        self._keep(key, step)
        return step.state

    def _keep(self, key: bytes, step: Step) -> Step:
        if step.state is not None:
            self._entries[key] = step.state
        for transition in step.transitions:
            name = transition.customer_id.encode()
            self.outputs.append(transition_output(name, transition, self._home(key, name)))
        for trigger in step.triggers:
            name = trigger.customer_id.encode()
            self.outputs.append(trigger_output(name, trigger, self._home(key, name)))
        return step

    def _home(self, key: bytes, name: bytes) -> int | None:
        """Where what is said of a customer goes: to the partition of what they are called."""
        return None if name == key else self._posting.home(name)
