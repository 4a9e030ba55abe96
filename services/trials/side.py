"""Side: one policy's whole way through the records, up to the end and thirty days ahead."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

from schemas.policy import Policy
from services.trials.adoption import Successor, adopt
from services.trials.arrivals import is_from_sender
from services.trials.outcome import (
    AdoptionOutcome,
    AheadTotal,
    CustomerAtEnd,
    HeldTotal,
    Outcome,
    TrialTrigger,
)
from services.trials.simulation import Simulation
from topology.batching.record import Record
from topology.domain.history.dimensions import values_of
from topology.domain.history.instant import DAY, Instant, Span
from topology.domain.history.state import State
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rows.erased import is_tombstone
from topology.domain.rows.row import read_entry

AHEAD: Final = 30 * DAY
"""How far the clock goes on after the end."""
_REPORT_EVERY: Final = 1_000
"""Records between two reports of the progress."""

Place: TypeAlias = tuple[str, int]
"""A topic and a partition."""


class SideSettings(NamedTuple):
    """How one policy goes its way."""

    clock: Literal["wall", "topic"]
    app_id: str
    salt: bytes | None
    since: Span
    """How long before the end held triggers are counted."""
    processed: Mapping[Place, int] = MappingProxyType({})
    """Up to which offsets the workers have processed each partition; all of one that is missing."""
    successor: Policy | None = None
    """The policy that adopts the rows of the end, if one does."""


class Side:
    """One policy, from the first record to the end."""

    def __init__(self, book: Rulebook, settings: SideSettings) -> None:
        self.simulation = Simulation(book, settings.clock, settings.app_id, settings.salt)
        self._settings = settings
        self._began_at: Instant | None = None
        self._pending_from: Instant | None = None
        self._latest: Instant = 0

    def run(self, records: Iterable[Record], report: Callable[[int], object]) -> None:
        """Go through all records, and report now and then how many they were."""
        simulation, number = self.simulation, 0
        for number, record in enumerate(records, start=1):
            self._note(record)
            if is_from_sender(record):
                simulation.take(record)
            if self._began_at is None:
                self._began_at = self._present(record)
            if number % _REPORT_EVERY == 0:
                report(number)
        simulation.flush()
        report(number)

    def end(self, until: Instant) -> Outcome:
        """Let the clock go on to the end, and to what falls due afterwards.

        With the clock topic the last tick is the end, whatever `until` says.
        """
        simulation = self.simulation
        if self._settings.clock == "wall":
            simulation.go_on_until(max(until, self._latest))
        end = simulation.clock
        customers = tuple(sorted(_customers(simulation.rows), key=lambda each: each.customer))
        triggers = (each.trigger for each in simulation.log.triggers)
        held = Counter[tuple[str, str]]()
        for each, times in simulation.held.found.items():
            if each.at > end - self._settings.since:
                held[each.rule, each.reason] += times
        log = simulation.log
        return Outcome(
            began_at=self._began_at or 0,
            ended_at=end,
            pending_from=self._pending_from,
            records=simulation.records,
            refused=log.refused,
            customers=customers,
            triggers=tuple(sorted(triggers, key=_place)),
            held=tuple(HeldTotal(*key, count) for key, count in sorted(held.items())),
            adoption=self._adoption(end),  # Before the clock goes on.
            ahead=self._ahead(end),
        )

    def _adoption(self, end: Instant) -> AdoptionOutcome | None:
        settings = self._settings
        if settings.successor is None:
            return None
        successor = Successor(settings.successor, settings.clock, settings.app_id)
        return adopt(self.simulation.rows, end, successor)

    def _ahead(self, end: Instant) -> tuple[AheadTotal, ...]:
        """What the clock alone would set off after the end. The rows are of no use afterwards."""
        log, simulation = self.simulation.log, self.simulation
        before = len(log.triggers)
        simulation.go_on_until(end + AHEAD)
        found = Counter((each.trigger.rule, each.trigger.action) for each in log.triggers[before:])
        del log.triggers[before:]
        return tuple(AheadTotal(*key, count) for key, count in sorted(found.items()))

    def _present(self, record: Record) -> Instant | None:
        """The worker's time when a record arrives; None before the first tick."""
        if self._settings.clock == "topic":
            return self.simulation.clock or None
        return record.timestamp * 1_000

    def _note(self, record: Record) -> None:
        at = record.timestamp * 1_000
        self._latest = max(self._latest, at)
        if self._pending_from is None:
            processed = self._settings.processed.get((record.topic, record.partition))
            if processed is not None and record.offset >= processed:
                self._pending_from = at


def _place(trigger: TrialTrigger) -> tuple[Instant, str, str, str]:
    return trigger.at, trigger.customer, trigger.rule, trigger.id


def _customers(rows: Mapping[bytes, bytes]) -> Iterator[CustomerAtEnd]:
    for key, value in rows.items():
        if is_tombstone(key):
            continue
        row = read_entry(value)
        if type(row) is State:
            yield CustomerAtEnd(
                row.customer_id,
                values_of(row),
                row.scores.revenue_in_window,
                row.history.first_seen_at,
            )
