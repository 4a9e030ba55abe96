"""Situation: what the rules read, and why a trigger that fires counts but is not sent."""

from typing import Final

from schemas.held import HeldReason
from topology.domain.history.event import Event
from topology.domain.history.instant import Instant
from topology.domain.history.record import Record
from topology.domain.history.state import State
from topology.domain.policy.rulebook import Rulebook

AGE: Final = HeldReason.AGE.value
HISTORY: Final = HeldReason.HISTORY.value
QUIET: Final = HeldReason.QUIET.value
POLICY: Final = HeldReason.POLICY.value


def silence_of_event(event: Event, now: Instant, book: Rulebook) -> str | None:
    """Why a trigger of an event is not sent; None if it is.

    An event that is older than the policy's `max_age` is history: a backfill is silent. `now` is
    the worker's time.
    """
    if event.quiet_until is not None:
        return QUIET
    return AGE if is_stale(event.at, now, book) else None


def silence_of_clock(
    at: Instant,
    now: Instant,
    book: Rulebook,
    *,
    is_settling: bool,
    quiet_until: Instant | None,
) -> str | None:
    """Why a trigger of the clock is not sent; None if it is.

    Args:
        at: when it falls due.
        now: the worker's time.
        book: the compiled policy.
        is_settling: True if an event hurries the clock of a row whose history is still coming in.
        quiet_until: up to when an import that was quiet, or in no order, silences the clock.
    """
    if is_settling or (quiet_until is not None and at <= quiet_until):
        return HISTORY
    return AGE if is_stale(at, now, book) else None


def is_stale(at: Instant, now: Instant, book: Rulebook) -> bool:
    """True if an occasion of `at` is too old: its triggers are not sent at `now`."""
    return now - at > book.max_age


class Situation(Record, frozen=True):
    """The row after a change, and the cause of the change."""

    state: State
    now: Instant
    event: Event | None
    silence: str | None = None
    """Why no trigger is sent, though it counts: `AGE`, `HISTORY`, … None if it is sent."""
    is_settling: bool = False
    """True while the customer's history is still coming in: then promotion may be a mistake."""

    @property
    def at(self) -> Instant:
        """When it changed."""
        return self.state.as_of

    @property
    def is_late(self) -> bool:
        """True if an event changed it that is older than the row's present."""
        return self.event is not None and self.event.at < self.state.as_of
