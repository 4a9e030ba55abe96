"""One settlement: an instant of the clock, or one event, and what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.oracle.figures import Figures
from tests.oracle.instant import Instant
from tests.oracle.processed import ProcessedMessage
from tests.oracle.silence import LOUD, Silence


@dataclass(frozen=True)
class Change:
    """A dimension changed. `upwards` is true if it is a ladder and the new rung is higher."""

    dimension: str
    before: str
    after: str
    upwards: bool


@dataclass(frozen=True)
class Settlement:
    """What rules are decided on. Without an event it is the clock's.

    `known` are the messages that were processed before; `before` are the figures of the settlement
    before this one; `staged` is the last move of the stage so far, and when that was.
    """

    at: Instant
    event: ProcessedMessage | None
    known: Sequence[ProcessedMessage]
    before: Figures
    now: Figures
    changes: tuple[Change, ...]
    staged: tuple[Instant, str] | None
    silence: Silence = LOUD

    @property
    def by_clock(self) -> bool:
        """True if nothing happened but time passed."""
        return self.event is None

    def has_event(self, name: str) -> bool:
        """True if it is an event of this name."""
        return self.event is not None and self.event.event == name

    @property
    def cause(self) -> str:
        """What a transition says of it."""
        if self.event is None:
            return "clock"
        took_back = self.event.event in ("Order Refunded", "Order Cancelled")
        return "refund" if took_back else "event"


def changes_between(before: Figures, now: Figures) -> tuple[Change, ...]:
    """What changed, in the order in which it is counted."""
    return tuple(
        Change(dimension, old, new, upwards=_is_upwards(now, dimension, old, new))
        for dimension in ("segment", "stage", "tier", "care")
        if (old := getattr(before, dimension)) != (new := getattr(now, dimension))
    )


def _is_upwards(figures: Figures, dimension: str, old: str, new: str) -> bool:
    if dimension not in ("stage", "tier"):
        return False
    rungs = figures.policy.rungs(f"{dimension}s")
    return rungs.index(old) < rungs.index(new)
