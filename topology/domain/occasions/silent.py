"""Silent: the customer gives no sign of life."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from schemas.policy.duration import write_duration
from schemas.policy.model import Policy
from schemas.policy.occasions.silent import SilentFor
from topology.domain.facts.instant import Instant, Span, span
from topology.domain.facts.state import Facts, State
from topology.domain.occasions.for_whom import for_whom
from topology.domain.occasions.kind import Kind, KindCase
from topology.domain.occasions.outlook import Outlook
from topology.domain.occasions.progress import since_then
from topology.domain.occasions.set_off import Delay, Due, Row, Silence


def last_sign(facts: Facts) -> Instant:
    """The last sign of life: an act of the customer's own, or that they were first met."""
    return facts.first_seen_at if facts.acted_at is None else facts.acted_at


@dataclass(frozen=True, slots=True)
class _DueAfterSilence(Due):
    lasts: Span

    def next(self, state: State, since: Instant) -> Instant | None:
        last = last_sign(state.facts)
        return None if last + self.lasts < since else last + self.lasts


class _SilentFor(Kind[SilentFor]):
    when = SilentFor

    def words(self, when: SilentFor) -> str:
        return f"{write_duration(when.silent_for)} without a sign of life"

    def progress(self, own: KindCase[SilentFor], outlook: Outlook) -> str:
        last = last_sign(outlook.state.facts)
        return since_then(own.case, last, outlook, "the next sign of life")

    def set_off(self, cases: tuple[KindCase[SilentFor], ...], policy: Policy) -> Iterator[Delay]:  # noqa: ARG002
        for each in cases:
            lasts, provided = span(each.when.silent_for), each.case.case.provided
            due = for_whom(each.case, _DueAfterSilence(lasts))
            # Who never bought over its channels need not be woken for it.
            hangs_on = Silence(lasts) if provided.bought_over is None else Row()
            yield Delay(each.case, due, "last sign of life", hangs_on, provided.stage)


KINDS: Final = (_SilentFor(),)
