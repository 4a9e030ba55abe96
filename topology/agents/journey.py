"""The journey: records and due rows of one partition, through the domain, into changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from aiokafka import ConsumerRecord
from aiokafka.partitioner import murmur2
from pydantic import ValidationError

from schemas.clock import ClockTick
from schemas.dead_letter import DeadLetterReason
from topology.agents.dead_letters import dead_letter
from topology.agents.decode import Refusal, decode
from topology.agents.outputs import transition_output, trigger_output
from topology.agents.sizes import DEFAULTS, Limits
from topology.agents.warm_rows import WarmRows
from topology.batching.handler import Changes, Moment, Output, Row
from topology.domain.advance import advance
from topology.domain.event import Event
from topology.domain.instant import Instant, from_datetime
from topology.domain.row import wake_of
from topology.domain.rulebook import Rulebook
from topology.domain.state import State
from topology.domain.step import Step
from topology.domain.wake import wake_at

FORWARDED: Final = "forwarded-from"
"""The header of a record that was handed on to its profile's partition."""

_WARM: Final = 20_000


class Journey:
    """The batch handler of Stammkunde.

    Args:
        book: the compiled policy.
        partitions: how many partitions each topic has.
        machine_now: the machine's time in microseconds since 1970, whatever the worker's clock is.
        limits: how large a record each topic takes.
    """

    def __init__(
        self,
        book: Rulebook,
        partitions: int,
        machine_now: Callable[[], Instant],
        limits: Limits = DEFAULTS,
    ) -> None:
        self._book = book
        self._partitions = partitions
        self._machine_now = machine_now
        self._warm = WarmRows(_WARM)
        self._limits = limits

    def on_records(
        self,
        partition: int,
        rows: Mapping[bytes, bytes],
        records: Sequence[ConsumerRecord[bytes, bytes]],
        moment: Moment,
    ) -> Changes:
        """Take events into rows; refused records go to the dead letters."""
        batch = _Batch(rows, self._warm, self._book, moment)
        machine_now = self._machine_now()
        for record in records:
            event = decode(record, self._book.currency, machine_now)
            if isinstance(event, Refusal):
                batch.outputs.append(dead_letter(record, event, self._limits))
                continue
            key = event.profile.encode()
            state = batch.present(key)
            # A row is only ever made in its profile's partition; murmur2 is slow in Python.
            if state is None and (home := self._home(key)) != partition:
                batch.outputs.append(self._hand_on(record, key, home))
            else:
                batch.take(key, state, event)
        return batch.changes()

    def on_due(
        self, rows: Mapping[bytes, bytes], keys: Sequence[bytes], until: int, moment: Moment
    ) -> Changes:
        """Walk the clock of rows that fall due."""
        batch = _Batch(rows, self._warm, self._book, moment)
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
        return wake_of(value, self._book)

    def _hand_on(self, record: ConsumerRecord[bytes, bytes], key: bytes, home: int) -> Output:
        """To its profile's partition; once, since whoever sent it here counts otherwise."""
        before = dict(record.headers).get(FORWARDED)
        if before is not None:
            origin = before.decode(errors="replace")
            detail = f"handed on from {origin} to {record.partition}, though it belongs to {home}"
            refusal = Refusal(DeadLetterReason.WRONG_PARTITION, detail)
            return dead_letter(record, refusal, self._limits)
        place = f"{record.topic}-{record.partition}-{record.offset}".encode()
        headers = [*record.headers, (FORWARDED, place)]
        output = Output(record.topic, key, record.value, headers, home)
        if self._limits.take(output):
            return output
        detail = f"too large to be handed on to partition {home}, where it belongs"
        return dead_letter(record, Refusal(DeadLetterReason.TOO_LARGE, detail), self._limits)

    def _home(self, key: bytes) -> int:
        """The partition of a profile, by Kafka's standard partitioner."""
        return int(murmur2(key) & 0x7FFFFFFF) % self._partitions


class _Batch:
    """The rows that one batch touches, decoded once each."""

    def __init__(
        self, rows: Mapping[bytes, bytes], warm: WarmRows, book: Rulebook, moment: Moment
    ) -> None:
        self._rows = rows
        self._warm = warm
        self._book = book
        self._moment = moment
        self._states: dict[bytes, State] = {}
        self.outputs: list[Output] = []

    def take(self, key: bytes, state: State | None, event: Event) -> None:
        """Absorb an event into a row that is at its present."""
        moment = self._moment
        now = event.at if moment.now is None else moment.now
        self._keep(key, advance(state, event, now, self._book, moment.clock))

    def walk(self, key: bytes, until: Instant) -> None:
        """Advance a row by the clock alone."""
        state = self.present(key)
        if state is not None:
            self._keep(key, advance(state, None, until, self._book, self._moment.clock))

    def changes(self) -> Changes:
        """All that came of it."""
        book, write = self._book, self._warm.write
        rows = {
            key: Row(write(key, state), wake_at(state, book)) for key, state in self._states.items()
        }
        return Changes(rows, self.outputs)

    def present(self, key: bytes) -> State | None:
        """The row at its present: the partition's clock may have passed it by, with nothing due.

        A new policy takes effect there, too, before the clock goes on.
        """
        state = self._states.get(key)
        if state is not None:
            return state
        value = self._rows.get(key)
        if value is None:
            return None
        state, clock = self._warm.read(key, value), self._moment.clock
        if state.clock >= clock and state.policy_version == self._book.version:
            return state
        step = advance(state, None, clock, self._book, clock)
        self._keep(key, step)
        return step.state

    def _keep(self, key: bytes, step: Step) -> None:
        if step.state is not None:
            self._states[key] = step.state
        if step.transitions or step.triggers:
            self.outputs.extend(transition_output(key, each) for each in step.transitions)
            self.outputs.extend(trigger_output(key, each) for each in step.triggers)
