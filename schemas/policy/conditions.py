"""Conditions on a customer. All of them must hold."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from schemas.dimensions import DimensionConditions
from schemas.messages.envelope import Channel
from schemas.policy.duration import Duration
from schemas.policy.part import Fault, Number, PolicyPart, refuse


class Bounds(PolicyPart):
    """A condition on a number: at least, at most, or both."""

    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        low, high = self.at_least, self.at_most
        if low is None and high is None:
            refuse([Fault((), "say at_least, at_most, or both")])
        if low is not None and high is not None and low > high:
            refuse([Fault(("at_least",), "this is more than at_most: no number is both")])
        return self


Flag = Annotated[bool, Field(strict=True)]


def _plain(value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, int | float) and abs(value) < _TOO_LARGE):
        return value
    raise ValueError("write text, a number, true or false; a date is text, in quotes")


_TOO_LARGE: Final = 10.0**300

TraitValue = Annotated[Flag | Annotated[float, Field(strict=True)] | str, BeforeValidator(_plain)]
"""A value of a trait, as `identify` has it: true or false, a number, or text."""


class ProfileConditions(PolicyPart):
    """Conditions on what a customer has done and is known for; revenue is in major units."""

    recency_score: Bounds | None = None
    frequency_score: Bounds | None = None
    monetary_score: Bounds | None = None
    orders_in_window: Bounds | None = None
    revenue_in_window: Bounds | None = None
    orders_total: Bounds | None = None
    newsletter: Flag | None = None
    consent: Flag | None = None
    following: Flag | None = None
    engaged: Flag | None = None
    bought_over: Annotated[tuple[Channel, ...], Field(min_length=1)] | None = None
    traits: (
        Annotated[
            Mapping[str, Annotated[tuple[TraitValue, ...], Field(min_length=1)]],
            Field(min_length=1),
        ]
        | None
    ) = None


def _not_empty(conditions: ProfileConditions) -> ProfileConditions:
    if conditions == ProfileConditions():
        refuse([Fault((), "say what must hold: nothing at all always does")])
    return conditions


SomeConditions = Annotated[ProfileConditions, AfterValidator(_not_empty)]
"""Conditions, at least one."""


class _ConditionsOnContact(ProfileConditions):
    unanswered: Bounds | None = None


class Conditions(DimensionConditions, _ConditionsOnContact):  # The last class comes first.
    """The conditions of a rule: on where the customer stands, too."""

    fired_within: Duration | None = None
