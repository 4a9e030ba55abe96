"""What sets the cases of a policy off: a transition, an event, or the clock.

Every kind of occasion makes some of these. They are all that the steps know of occasions.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from schemas.messages.catalogue import EventType
from schemas.transition import Dimension, Transition
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
            judged: what was due by then has been looked at.
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
class OnTraits:
    """The delay hangs on traits: a customer without any has none."""


@dataclass(frozen=True, slots=True)
class OnAnything:
    """The delay may hang on anything in the row: every event computes it again, at a price."""


HangsOn = OnLastOrder | OnFirstOrder | OnSilence | OnResearch | OnTraits | OnAnything
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
