"""Entering: the customer comes to a value of a dimension."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeVar

from schemas.policy.model import Policy
from schemas.policy.occasions.entering import (
    ClimbingTo,
    EnteringCare,
    EnteringSegment,
    EnteringTier,
)
from schemas.policy.occasions.part import ValuesPart
from schemas.transition import Cause, Transition
from topology.domain.occasions.kind import Kind, KindCase
from topology.domain.occasions.occasion import Occasion
from topology.domain.occasions.progress import Outlook, any_of, up_a_ladder, without_an_order
from topology.domain.occasions.set_off import ByTransition
from topology.domain.rules.case import BookCase
from topology.domain.rules.conditions import Condition, one_of_values

# Looking up a member of an enumeration costs more than the rest of what is done with it.
_POLICY: Final = Cause.POLICY


def _occasion(case: BookCase, transition: Transition, left: str = "") -> Occasion:
    basis = f"transition:{transition.sequence}"
    what = f"{transition.dimension} {transition.to_value}"
    return Occasion(case=case, basis=basis, what=what, transition=transition, left=left)


@dataclass(frozen=True, slots=True)
class _Entered(ByTransition):
    """Any transition."""

    def occasion(self, transition: Transition) -> Occasion:
        """The occasion of a transition."""
        return _occasion(self.case, transition)


@dataclass(frozen=True, slots=True)
class _EnteredSegment(ByTransition):
    """Any transition; the reason may name the segment that was left."""

    def occasion(self, transition: Transition) -> Occasion:
        """The occasion of a transition."""
        return _occasion(self.case, transition, transition.from_value)


@dataclass(frozen=True, slots=True)
class _Climbed(ByTransition):
    """A transition upwards."""

    heights: dict[str, int]

    def occasion(self, transition: Transition) -> Occasion | None:
        """The occasion of a climb."""
        if transition.cause is _POLICY:  # Nobody has climbed; else all regulars were welcomed.
            return None
        left = self.heights.get(transition.from_value, -1)
        if self.heights[transition.to_value] <= left:
            return None
        return _occasion(self.case, transition)


V = TypeVar("V", bound=ValuesPart)


class _EnteringKind(Kind[V]):
    """What all of them share."""

    made: ClassVar[type[ByTransition]] = _Entered

    @abstractmethod
    def words(self, when: V) -> str:
        """What sets it off."""

    @abstractmethod
    def progress(self, own: KindCase[V], outlook: Outlook) -> str:
        """Where the customer is, and what it takes."""

    def set_off(self, cases: tuple[KindCase[V], ...], policy: Policy) -> Iterable[ByTransition]:
        """A transition into one of the values."""
        return (self.made(each.case, each.when.dimension, each.when.values) for each in cases)

    def still(self, when: V) -> Condition:
        """The customer must still be there."""
        return one_of_values(when.dimension, when.values)


class _EnteringSegment(_EnteringKind[EnteringSegment]):
    when = EnteringSegment
    made = _EnteredSegment

    def words(self, when: EnteringSegment) -> str:
        return f"entering {any_of(when.values)}"

    def progress(self, own: KindCase[EnteringSegment], outlook: Outlook) -> str:
        targets, now = own.when.values, outlook.state.segment
        if now in targets:
            return f"now: {now}, and to enter it the customer must leave it first"
        for each in outlook.no_orders:
            if each.segment in targets and each.before not in targets:
                return f"now: {now}; {without_an_order(each.lasts, outlook)}"
        return f"now: {now}"


class _EnteringTier(_EnteringKind[EnteringTier]):
    when = EnteringTier

    def words(self, when: EnteringTier) -> str:
        return f"entering tier {any_of(when.values)}"

    def progress(self, own: KindCase[EnteringTier], outlook: Outlook) -> str:
        return up_a_ladder(outlook.state.tier, own.when.values, outlook.tiers, outlook.state)


class _EnteringCare(_EnteringKind[EnteringCare]):
    when = EnteringCare

    def words(self, when: EnteringCare) -> str:
        return f"care becoming {any_of(when.values)}"

    def progress(self, own: KindCase[EnteringCare], outlook: Outlook) -> str:
        return f"now: {outlook.state.care}"


class _ClimbingTo(_EnteringKind[ClimbingTo]):
    when = ClimbingTo

    def words(self, when: ClimbingTo) -> str:
        return f"becoming {any_of(when.values)}"

    def progress(self, own: KindCase[ClimbingTo], outlook: Outlook) -> str:
        return up_a_ladder(outlook.state.stage, own.when.values, outlook.stages, outlook.state)

    def set_off(
        self, cases: tuple[KindCase[ClimbingTo], ...], policy: Policy
    ) -> Iterable[ByTransition]:
        heights = {rung.name: height for height, rung in enumerate(policy.stages)}
        return (
            _Climbed(each.case, each.when.dimension, each.when.values, heights) for each in cases
        )


KINDS: Final[tuple[Kind[Any], ...]] = (
    _EnteringSegment(),
    _EnteringTier(),
    _EnteringCare(),
    _ClimbingTo(),
)
