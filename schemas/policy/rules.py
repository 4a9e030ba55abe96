"""Rules: when a trigger is raised, and what is to be done then."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from schemas.policy.duration import Duration
from schemas.policy.part import Fault, Name, Number, PolicyPart, Rating, refuse
from schemas.policy.reason import check_template, fields_of
from schemas.trigger import Action


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


class Conditions(PolicyPart):
    """What must be true besides. All of it must hold; revenue is in major units."""

    recency_score: Bounds | None = None
    frequency_score: Bounds | None = None
    monetary_score: Bounds | None = None
    orders_in_window: Bounds | None = None
    revenue_in_window: Bounds | None = None
    orders_total: Bounds | None = None


class EnteringSegment(PolicyPart):
    """Fires at a transition into one of these segments."""

    entering: Annotated[tuple[Name, ...], Field(min_length=1)]


class AfterFirstOrder(PolicyPart):
    """Fires this long after the first order that counts, once for each first order."""

    after_first_order: Duration


class ReviewAtMost(PolicyPart):
    """Fires at a review with this rating or a lower one."""

    review_at_most: Rating


class OnComplaint(PolicyPart):
    """Fires when a complaint is filed."""

    complaint: Literal["filed"]


WHENS = ("entering", "after_first_order", "review_at_most", "complaint")


def _kind_of_when(value: object) -> str | None:
    names = type(value).model_fields if isinstance(value, PolicyPart) else value
    if not isinstance(names, Mapping):
        return None
    return next((kind for kind in WHENS if kind in names), None)


When = Annotated[
    Annotated[EnteringSegment, Tag("entering")]
    | Annotated[AfterFirstOrder, Tag("after_first_order")]
    | Annotated[ReviewAtMost, Tag("review_at_most")]
    | Annotated[OnComplaint, Tag("complaint")],
    Discriminator(
        _kind_of_when,
        custom_error_type="unknown_when",
        custom_error_message="say when: " + ", ".join(WHENS),
    ),
]


class PolicyAction(Action):
    """An action as the policy writes it: strict about names and text, where messages are not."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=False)


class RuleCase(PolicyPart):
    """One way in which a rule comes to fire, and what is to be done then."""

    when: When
    provided: Conditions = Conditions()
    action: PolicyAction
    reason: Annotated[str, AfterValidator(check_template)]

    @model_validator(mode="after")
    def _reason_has_its_rating(self) -> Self:
        if "rating" in fields_of(self.reason) and not isinstance(self.when, ReviewAtMost):
            refuse([Fault(("reason",), "there is a {rating} only when review_at_most")])
        return self


class Rule(PolicyPart):
    """A retention rule. At most one trigger of it per customer within `cooldown`."""

    name: Name
    promotional: Annotated[bool, Field(strict=True)]
    cooldown: Duration
    expires_after: Duration
    cases: Annotated[tuple[RuleCase, ...], Field(min_length=1)]
