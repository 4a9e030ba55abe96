"""Kind: all that the domain knows of one kind of occasion."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, TypeVar

from schemas.policy.model import Policy
from schemas.policy.occasions.part import OccasionPart
from topology.domain.occasions.progress import Outlook
from topology.domain.occasions.set_off import SetOff
from topology.domain.rules.case import BookCase
from topology.domain.rules.conditions import Condition

W = TypeVar("W", bound=OccasionPart)

AN_ORDER: Final = "order"
AN_ACT: Final = "act"


@dataclass(frozen=True, slots=True)
class KindCase(Generic[W]):
    """A case, and the `when` of it, whose type is known."""

    when: W
    case: BookCase


class Kind(ABC, Generic[W]):
    """One kind of occasion: it has no state, so one of it is enough."""

    when: ClassVar[type[OccasionPart]]
    """The model by which a policy writes it: W."""
    ended_by: ClassVar[str] = ""
    """What ends the silence that it is about: `AN_ORDER`, `AN_ACT`, or nothing if it is about none.

    A held trigger is not released after that.
    """

    @abstractmethod
    def words(self, when: W) -> str:
        """What sets it off, for a person to read: a thing that can be waited for."""

    @abstractmethod
    def progress(self, own: KindCase[W], outlook: Outlook) -> str:
        """How far a customer is from it, for a person to read; empty if nothing can be said."""

    @abstractmethod
    def set_off(self, cases: tuple[KindCase[W], ...], policy: Policy) -> Iterable[SetOff]:
        """What sets the cases of a policy off that wait for this kind: there is one at least."""

    def still(self, when: W) -> Condition | None:
        """What must still be true if a held promotion is decided again, beside its conditions."""
        return None
