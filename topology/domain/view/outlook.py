"""The outlook of a row by a policy."""

from collections.abc import Iterator
from dataclasses import dataclass

from topology.domain.history.instant import NEVER, Instant
from topology.domain.history.state import State
from topology.domain.occasions.outlook import NoOrder, Outlook
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.score import score


@dataclass(frozen=True, slots=True)
class PolicyOutlook(Outlook):
    """An outlook, and the policy by which it is one."""

    book: Rulebook


def outlook_of(state: State, book: Rulebook, at: Instant) -> PolicyOutlook:
    """Look ahead: at each age of the last order at which R will fall."""
    return PolicyOutlook(
        state=state,
        at=at,
        recency=book.recency,
        stages=book.stages,
        tiers=book.tiers,
        delays=book.on.delays,
        no_orders=tuple(_no_orders(state, book, at)),
        book=book,
    )


def _no_orders(state: State, book: Rulebook, at: Instant) -> Iterator[NoOrder]:
    last = state.scores.last_order_at
    if last is None:
        return

    def segment_at(instant: Instant) -> str:
        return book.classifier.of(state.history, score(state.history, instant, book)).segment

    for age in book.recency.bounds:
        if at < last + age < NEVER:
            yield NoOrder(age, segment_at(last + age), segment_at(last + age - 1))
