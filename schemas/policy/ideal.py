"""The ideal customer: what makes a customer fit the shop, and what follows from it."""

from typing import Annotated

from pydantic import Field

from schemas.policy.conditions import SomeConditions
from schemas.policy.part import PolicyPart


class IdealTrait(PolicyPart):
    """A trait of the ideal customer, and its weight."""

    weight: Annotated[int, Field(ge=1, le=100, strict=True)]
    provided: SomeConditions


class IdealCustomer(PolicyPart):
    """The fit is the weights of the traits that hold, divided by all weights.

    A fit from `raises_priority_from` on raises the priority of triggers.
    """

    raises_priority_from: Annotated[float, Field(gt=0, le=1, strict=True, allow_inf_nan=False)]
    traits: Annotated[tuple[IdealTrait, ...], Field(min_length=1)]
