"""What sets the cases of a policy off: a transition, an event, or the clock.

Every kind of occasion makes some of these. The steps know no more of occasions.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from schemas.dimensions import Dimension
from schemas.messages.catalogue import EventType
from schemas.transition import Transition
from topology.domain.history.channels import mask_of
from topology.domain.history.event import Event, P
from topology.domain.history.instant import Instant, Span
from topology.domain.history.state import State
from topology.domain.occasions.occasion import Occasion
from topology.domain.rules.case import BookCase

P_contra = TypeVar("P_contra", contravariant=True)

ANY_CHANNEL: Final = -1
"""The bits of all channels."""


@dataclass(frozen=True, slots=True)
class ByTransition(ABC):
    """A case that a transition sets off."""

    case: BookCase
    dimension: Dimension
    values: tuple[str, ...]
    """Only a transition into one of these."""

    @abstractmethod
    def occasion(self, transition: Transition) -> Occasion | None:
        """The occasion of such a transition, or None if it sets nothing off."""


class EventCases(ABC, Generic[P_contra]):
    """Cases that an event may set off by itself, beside the transitions that it may bring."""

    __slots__ = ()

    @abstractmethod
    def occasions(self, event: Event[P_contra], before: State, after: State) -> Iterable[Occasion]:
        """What the event sets off."""


@dataclass(frozen=True, slots=True)
class ByEvent(Generic[P]):
    """Cases that such an event may set off."""

    event: EventType[P]
    cases: EventCases[P]
    channels: int = ANY_CHANNEL
    """The channels, as bits, over which it must come."""
    is_late: bool = False
    """True if only an event that is older than the row's present sets them off."""


class ByTick(ABC):
    """Cases that a comparison of the rows decides when the clock comes to an instant."""

    __slots__ = ()

    @abstractmethod
    def occasions(self, before: State, after: State, examined: Instant) -> Iterable[Occasion]:
        """What the clock sets off.

        Args:
            before: the row before.
            after: the row after, at the instant.
            examined: delays that had ended by then were examined.
        """


class Due(ABC):
    """An instant at which the clock sets a case off."""

    __slots__ = ()

    @abstractmethod
    def next(self, state: State, since: Instant) -> Instant | None:
        """The first one at or after `since`, or None if there is none as things are."""


@dataclass(frozen=True, slots=True)
class OnLastOrder:
    """The delay ends when the last order comes of this age."""

    age: Span


@dataclass(frozen=True, slots=True)
class OnFirstOrder:
    """The delay ends when the first order comes of this age. A `ByTick` decides whether it has."""

    age: Span


@dataclass(frozen=True, slots=True)
class OnSilence:
    """The delay ends so long after the last sign of life."""

    lasts: Span


@dataclass(frozen=True, slots=True)
class OnResearch:
    """The delay hangs on the last look online: a customer without one has none."""


@dataclass(frozen=True, slots=True)
class OnOrders:
    """The delay hangs on the orders in another way, by the scores: it is the same without one."""


@dataclass(frozen=True, slots=True)
class OnTraits:
    """The delay hangs on traits: a customer without any has none."""


@dataclass(frozen=True, slots=True)
class OnAnything:
    """The delay may hang on anything in the row: every event computes it again, at a price."""


HangsOn = OnLastOrder | OnFirstOrder | OnSilence | OnResearch | OnOrders | OnTraits | OnAnything
"""What moves the end of a delay. `next_wake` has a list for each, so it computes few delays."""


@dataclass(frozen=True, slots=True)
class Delay:
    """A case that fires when the clock comes to an instant."""

    case: BookCase
    due: Due
    what: str
    """What it is counted from."""
    hangs_on: HangsOn
    stages: tuple[str, ...] | None = None
    """Never due on another stage. None is any."""


SetOff: TypeAlias = ByTransition | ByEvent[Any] | ByTick | Delay


def delay_of(case: BookCase, due: Due, what: str, hangs_on: HangsOn) -> Delay:
    """The delay of a case: only customers who meet its `stage` and `bought_over` have it.

    Whenever that changes for a customer, `next_wake` computes the wake again.
    """
    return Delay(case, only_for(case, due), what, hangs_on, case.case.provided.stage)


def only_for(case: BookCase, due: Due) -> Due:
    """Due only for customers on a case's stages who have bought over its channels."""
    provided = case.case.provided
    if provided.stage is not None:
        due = _OnStages(due, frozenset(provided.stage))
    if provided.bought_over is not None:
        due = _ForBuyers(due, mask_of(provided.bought_over))
    return due


@dataclass(frozen=True, slots=True)
class _OnStages(Due):
    """Due only for customers on these stages."""

    due: Due
    stages: frozenset[str]

    def next(self, state: State, since: Instant) -> Instant | None:
        return self.due.next(state, since) if state.stage in self.stages else None


@dataclass(frozen=True, slots=True)
class _ForBuyers(Due):
    """Due only for customers who have bought over one of these channels."""

    due: Due
    channels: int

    def next(self, state: State, since: Instant) -> Instant | None:
        return self.due.next(state, since) if state.history.bought_over & self.channels else None
