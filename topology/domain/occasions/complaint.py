"""Complaint: the customer files one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from schemas.messages import catalogue
from schemas.policy.model import Policy
from schemas.policy.occasions.complaint import OnComplaint
from topology.domain.history.event import Event
from topology.domain.history.state import State
from topology.domain.occasions.kind import Kind, KindCase
from topology.domain.occasions.occasion import Occasion, event_occasion
from topology.domain.occasions.progress import Outlook
from topology.domain.occasions.set_off import ByEvent, EventCases
from topology.domain.rules.case import BookCase


@dataclass(frozen=True, slots=True)
class _Filed(EventCases[object]):
    case: BookCase

    def occasions(self, event: Event, before: State, after: State) -> tuple[Occasion]:
        return (event_occasion(self.case, event),)


class _OnComplaint(Kind[OnComplaint]):
    when = OnComplaint

    def words(self, when: OnComplaint) -> str:
        return "a complaint"

    def progress(self, own: KindCase[OnComplaint], outlook: Outlook) -> str:
        return ""

    def set_off(
        self, cases: tuple[KindCase[OnComplaint], ...], policy: Policy
    ) -> Iterator[ByEvent[Any]]:
        return (ByEvent(catalogue.COMPLAINT_FILED, _Filed(each.case)) for each in cases)


KINDS: Final[tuple[Kind[Any], ...]] = (_OnComplaint(),)
