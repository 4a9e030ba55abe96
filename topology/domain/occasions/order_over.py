"""Orders over channels: the customer has ordered so often over some of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from schemas.counted import counted
from schemas.messages import catalogue
from schemas.policy.model import Policy
from schemas.policy.occasions.order_over import OrderOver
from topology.domain.history.channels import mask_of
from topology.domain.history.event import Event
from topology.domain.history.orders import has_over
from topology.domain.history.state import State
from topology.domain.occasions.kind import Kind, KindCase
from topology.domain.occasions.occasion import Occasion, event_occasion
from topology.domain.occasions.progress import Outlook, any_of
from topology.domain.occasions.set_off import ByEvent, EventCases
from topology.domain.rules.case import BookCase


@dataclass(frozen=True, slots=True)
class _NthOrder(EventCases[object]):
    case: BookCase
    over: int
    """The channels, as bits."""
    nth: int

    def occasions(self, event: Event, before: State, after: State) -> Iterator[Occasion]:
        mask, nth = self.over, self.nth
        if (
            mask >> event.channel & 1
            and not has_over(before.history, mask, nth)
            and has_over(after.history, mask, nth)
        ):
            yield event_occasion(self.case, event)


class _OrderOver(Kind[OrderOver]):
    when = OrderOver

    def words(self, when: OrderOver) -> str:
        return f"order number {when.nth} over {any_of(when.order_over)}"

    def progress(self, own: KindCase[OrderOver], outlook: Outlook) -> str:
        when, history = own.when, outlook.state.history
        mask = mask_of(when.order_over)
        many = sum(has_over(history, mask, nth) for nth in range(1, when.nth + 1))
        return "it came already" if many == when.nth else f"{counted(many, 'such order')} so far"

    def set_off(
        self, cases: tuple[KindCase[OrderOver], ...], policy: Policy
    ) -> Iterator[ByEvent[Any]]:
        for each in cases:
            over = mask_of(each.when.order_over)
            nth_order = _NthOrder(each.case, over, each.when.nth)
            yield ByEvent(catalogue.ORDER_COMPLETED, nth_order, channels=over)


KINDS: Final[tuple[Kind[Any], ...]] = (_OrderOver(),)
