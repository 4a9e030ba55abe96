"""The ideal customer: what makes a customer fit the shop, and what follows from it."""

from typing import Annotated

from pydantic import Field

from schemas.policy.conditions import SaysSomething
from schemas.policy.part import PolicyPart


class IdealTrait(PolicyPart):
    """Something that an ideal customer has, and how much it weighs."""

    weight: Annotated[int, Field(ge=1, le=100, strict=True)]
    provided: SaysSomething


class IdealCustomer(PolicyPart):
    """The fit is the weights of what holds by all weights; from a bound on it raises priority."""

    raises_priority_from: Annotated[float, Field(gt=0, le=1, strict=True, allow_inf_nan=False)]
    traits: Annotated[tuple[IdealTrait, ...], Field(min_length=1)]
