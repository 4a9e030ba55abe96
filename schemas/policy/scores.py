"""How a history becomes the scores R, F and M."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.policy.duration import Duration
from schemas.policy.part import Fault, Number, PolicyPart, Score, Where, refuse


class YoungerThan(PolicyPart):
    """A step of R: the last order is younger than this."""

    younger_than: Duration
    score: Score


class AtLeast(PolicyPart):
    """A step of F or M: orders, or revenue in major units, of at least this."""

    at_least: Number
    score: Score


class RecencyScale(PolicyPart):
    """R, by the age of the last order. The first step that fits counts."""

    steps: Annotated[tuple[YoungerThan, ...], Field(min_length=1)]
    otherwise: Score

    @model_validator(mode="after")
    def _steps_ascend(self) -> Self:
        refuse(
            Fault(("steps", i, "younger_than"), "list the steps from the youngest to the oldest")
            for i, (a, b) in enumerate(pairwise(self.steps), start=1)
            if a.younger_than >= b.younger_than
        )
        return self


class AmountScale(PolicyPart):
    """F or M, by a count or an amount in the window. The first step that fits counts."""

    steps: Annotated[tuple[AtLeast, ...], Field(min_length=1)]
    otherwise: Score

    @model_validator(mode="after")
    def _steps_descend(self) -> Self:
        refuse(
            Fault(("steps", i, "at_least"), "list the steps from the largest to the smallest")
            for i, (a, b) in enumerate(pairwise(self.steps), start=1)
            if a.at_least <= b.at_least
        )
        return self


class Scores(PolicyPart):
    """How a history becomes scores."""

    recency: RecencyScale
    frequency: AmountScale
    monetary: AmountScale

    @model_validator(mode="after")
    def _orders_are_whole(self) -> Self:
        refuse(
            Fault(("frequency", "steps", i, "at_least"), "orders are counted in whole numbers")
            for i, step in enumerate(self.frequency.steps)
            if step.at_least % 1
        )
        return self


def finer_than(where: Where, amount: Decimal | None, digits: int) -> Iterator[Fault]:
    """The fault of an amount with too many digits after the point."""
    if amount is not None and amount.scaleb(digits) % 1:
        smallest = f"{Decimal(1).scaleb(-digits):f}"
        yield Fault(where, f"{amount} is finer than {smallest}, the smallest unit of the currency")
