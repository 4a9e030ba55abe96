"""Silent: the customer gives no sign of life."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from schemas.policy.duration import write_duration
from schemas.policy.model import Policy
from schemas.policy.occasions.silent import SilentFor
from topology.domain.history.instant import Instant, Span, span
from topology.domain.history.state import History, State
from topology.domain.occasions.kind import AN_ACT, Kind, KindCase
from topology.domain.occasions.progress import Outlook, since_then
from topology.domain.occasions.set_off import Delay, Due, OnAnything, OnSilence, delay_of


def last_sign(history: History) -> Instant:
    """The last sign of life: an act of the customer's own, or that they were first met."""
    return history.first_seen_at if history.acted_at is None else history.acted_at


@dataclass(frozen=True, slots=True)
class _DueAfterSilence(Due):
    lasts: Span

    def next(self, state: State, since: Instant) -> Instant | None:
        last = last_sign(state.history)
        return None if last + self.lasts < since else last + self.lasts


class _SilentFor(Kind[SilentFor]):
    when = SilentFor
    ended_by = AN_ACT

    def words(self, when: SilentFor) -> str:
        return f"{write_duration(when.silent_for)} without a sign of life"

    def progress(self, own: KindCase[SilentFor], outlook: Outlook) -> str:
        last = last_sign(outlook.state.history)
        return since_then(own.case, last, outlook, "the next sign of life")

    def set_off(self, cases: tuple[KindCase[SilentFor], ...], policy: Policy) -> Iterator[Delay]:
        for each in cases:
            lasts = span(each.when.silent_for)
            # A customer who never bought over its channels need not be woken for it.
            everybody = each.case.case.provided.bought_over is None
            hangs_on = OnSilence(lasts) if everybody else OnAnything()
            yield delay_of(each.case, _DueAfterSilence(lasts), "last sign of life", hangs_on)


KINDS: Final[tuple[Kind[Any], ...]] = (_SilentFor(),)
