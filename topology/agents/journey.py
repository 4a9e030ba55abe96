"""The journey: records and due rows of one partition, through the domain, into changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from aiokafka import ConsumerRecord
from aiokafka.partitioner import murmur2
from msgspec.structs import replace
from pydantic import ValidationError

from schemas.clock import ClockTick
from topology.agents.dead_letters import dead_letter
from topology.agents.decode import Refusal, decode
from topology.agents.outputs import transition_output, trigger_output
from topology.batching.handler import Changes, Moment, Output, Row
from topology.domain.advance import advance
from topology.domain.event import Event
from topology.domain.instant import Instant, from_datetime
from topology.domain.row import decode_row, encode_row
from topology.domain.rulebook import Rulebook
from topology.domain.state import State
from topology.domain.step import Step
from topology.domain.wake import wake_at

FORWARDED: Final = "forwarded-from"
"""The header of a record that was handed on to its profile's partition."""


class Journey:
    """The batch handler of Stammkunde.

    Args:
        book: the compiled policy.
        partitions: how many partitions each topic has.
        machine_now: the machine's time in microseconds since 1970, whatever the worker's clock is.
    """

    def __init__(self, book: Rulebook, partitions: int, machine_now: Callable[[], Instant]) -> None:
        self._book = book
        self._partitions = partitions
        self._machine_now = machine_now

    def on_records(
        self,
        partition: int,
        rows: Mapping[bytes, bytes],
        records: Sequence[ConsumerRecord[bytes, bytes]],
        moment: Moment,
    ) -> Changes:
        """Take events into rows; refused records go to the dead letters."""
        batch = _Batch(rows, self._book, moment)
        machine_now = self._machine_now()
        for record in records:
            event = decode(record, self._book.currency, machine_now)
            if isinstance(event, Refusal):
                batch.outputs.append(dead_letter(record, event))
                continue
            key = event.profile.encode()
            # A row is only ever made in its profile's partition; murmur2 is slow in Python.
            home = partition if batch.knows(key) else self._home(key)
            if home == partition:
                batch.take(key, event)
            else:
                batch.outputs.append(_hand_on(record, key, home))
        return batch.changes()

    def on_due(
        self, rows: Mapping[bytes, bytes], keys: Sequence[bytes], until: int, moment: Moment
    ) -> Changes:
        """Walk the clock of rows that fall due."""
        batch = _Batch(rows, self._book, moment)
        for key in keys:
            batch.walk(key, until)
        return batch.changes()

    def read_tick(self, record: ConsumerRecord[bytes, bytes]) -> int | None:
        """The instant of a tick, or None if the record is none."""
        try:
            return from_datetime(ClockTick.model_validate_json(record.value or b"").now)
        except ValidationError:
            return None

    def wake_at(self, key: bytes, value: bytes) -> int | None:  # noqa: ARG002 - the row has it all
        """When a restored row is due."""
        return wake_at(decode_row(value), self._book)

    def _home(self, key: bytes) -> int:
        """The partition of a profile, by Kafka's standard partitioner."""
        return int(murmur2(key) & 0x7FFFFFFF) % self._partitions


def _hand_on(record: ConsumerRecord[bytes, bytes], key: bytes, home: int) -> Output:
    origin = f"{record.topic}-{record.partition}-{record.offset}".encode()
    headers = [*record.headers, (FORWARDED, origin)]
    return Output(record.topic, key, record.value, headers, home)


class _Batch:
    """The rows that one batch touches, decoded once each."""

    def __init__(self, rows: Mapping[bytes, bytes], book: Rulebook, moment: Moment) -> None:
        self._rows = rows
        self._book = book
        self._moment = moment
        self._steps: dict[bytes, Step] = {}
        self.outputs: list[Output] = []

    def knows(self, key: bytes) -> bool:
        """True if there is a row of this profile."""
        return key in self._steps or key in self._rows

    def take(self, key: bytes, event: Event) -> None:
        """Absorb an event."""
        now = event.at if self._moment.now is None else self._moment.now
        self._keep(key, advance(self._present(key), event, now, self._book))

    def walk(self, key: bytes, until: Instant) -> None:
        """Advance a row by the clock alone."""
        state = self._present(key)
        if state is not None:
            self._keep(key, advance(state, None, until, self._book))

    def changes(self) -> Changes:
        """All that came of it."""
        clock = self._moment.clock
        rows = {
            key: Row(encode_row(replace(step.state, clock=clock)), step.wake_at)
            for key, step in self._steps.items()
            if step.state is not None
        }
        return Changes(rows, self.outputs)

    def _state(self, key: bytes) -> State | None:
        step = self._steps.get(key)
        if step is not None:
            return step.state
        value = self._rows.get(key)
        return None if value is None else decode_row(value)

    def _present(self, key: bytes) -> State | None:
        """The row at its present: the partition's clock may have passed it by, with nothing due.

        A new policy takes effect there, too, before the clock goes on.
        """
        state, clock = self._state(key), self._moment.clock
        if state is None or key in self._steps:
            return state
        if state.clock >= clock and state.policy_version == self._book.version:
            return state
        self._keep(key, advance(state, None, clock, self._book))
        return self._steps[key].state

    def _keep(self, key: bytes, step: Step) -> None:
        self._steps[key] = step
        for transition in step.transitions:
            self.outputs.append(transition_output(key, transition))
        for trigger in step.triggers:
            self.outputs.append(trigger_output(key, trigger))
