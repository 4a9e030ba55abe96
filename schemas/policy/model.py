"""What a policy may contain. Unknown names are refused, everywhere."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from iso4217 import Currency as Iso4217
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from schemas.policy.duration import Duration
from schemas.policy.reason import check_template
from schemas.trigger import Action

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""A name in lower snake_case."""

Score = Annotated[int, Field(ge=1, le=5)]
"""A score of RFM: 1 is the worst, 5 the best."""


def _known_currency(code: str) -> str:
    try:
        Iso4217(code)
    except ValueError:
        msg = f"{code!r} is not a currency code of ISO 4217; write for example EUR"
        raise ValueError(msg) from None
    return code


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        msg = f"{name!r} is not a time zone; write for example Europe/Berlin"
        raise ValueError(msg) from None
    return name


class PolicyPart(BaseModel):
    """A part of the policy: frozen, and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class YoungerThan(PolicyPart):
    """A step of R: the last order is younger than this."""

    younger_than: Duration
    score: Score


class AtLeast(PolicyPart):
    """A step of F or M: orders, or revenue in major units, of at least this."""

    at_least: Annotated[Decimal, Field(ge=0)]
    score: Score


class RecencyScale(PolicyPart):
    """R, by the age of the last order. The first step that fits counts."""

    steps: tuple[YoungerThan, ...]
    otherwise: Score

    @model_validator(mode="after")
    def _steps_ascend(self) -> Self:
        if any(a.younger_than >= b.younger_than for a, b in pairwise(self.steps)):
            msg = "list the steps from the youngest to the oldest"
            raise ValueError(msg)
        return self


class AmountScale(PolicyPart):
    """F or M, by a count or an amount in the window. The first step that fits counts."""

    steps: tuple[AtLeast, ...]
    otherwise: Score

    @model_validator(mode="after")
    def _steps_descend(self) -> Self:
        if any(a.at_least <= b.at_least for a, b in pairwise(self.steps)):
            msg = "list the steps from the largest to the smallest"
            raise ValueError(msg)
        return self


class Scores(PolicyPart):
    """How facts become scores."""

    recency: RecencyScale
    frequency: AmountScale
    monetary: AmountScale


class SegmentCell(PolicyPart):
    """A segment and the scores that lead to it: every pair of these R and F."""

    name: Name
    recency: Annotated[tuple[Score, ...], Field(min_length=1)]
    frequency: Annotated[tuple[Score, ...], Field(min_length=1)]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Every (R, F) of this cell."""
        return ((r, f) for r in self.recency for f in self.frequency)


class Segments(PolicyPart):
    """The grid of segments: each of the 25 pairs of R and F belongs to exactly one."""

    without_orders: Name
    grid: tuple[SegmentCell, ...]

    @model_validator(mode="after")
    def _grid_is_whole(self) -> Self:
        owner: dict[tuple[int, int], str] = {}
        for cell in self.grid:
            for pair in cell.pairs():
                if pair in owner:
                    msg = f"R {pair[0]}, F {pair[1]} is in both {owner[pair]} and {cell.name}"
                    raise ValueError(msg)
                owner[pair] = cell.name
        for r in range(1, 6):
            for f in range(1, 6):
                if (r, f) not in owner:
                    msg = f"no segment has R {r}, F {f}: each pair needs one"
                    raise ValueError(msg)
        return self

    @property
    def names(self) -> frozenset[str]:
        """Every segment there is."""
        return frozenset(cell.name for cell in self.grid) | {self.without_orders}


class Bounds(PolicyPart):
    """A condition on a number: at least, at most, or both."""

    at_least: Decimal | None = None
    at_most: Decimal | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_least is None and self.at_most is None:
            msg = "say at_least, at_most, or both"
            raise ValueError(msg)
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

    review_at_most: Annotated[Decimal, Field(ge=1, le=5)]


class OnComplaint(PolicyPart):
    """Fires when a complaint is filed."""

    complaint: Literal["filed"]


_WHENS = ("entering", "after_first_order", "review_at_most", "complaint")


def _kind_of_when(value: object) -> str | None:
    names = type(value).model_fields if isinstance(value, PolicyPart) else value
    if not isinstance(names, Mapping):
        return None
    return next((kind for kind in _WHENS if kind in names), None)


When = Annotated[
    Annotated[EnteringSegment, Tag("entering")]
    | Annotated[AfterFirstOrder, Tag("after_first_order")]
    | Annotated[ReviewAtMost, Tag("review_at_most")]
    | Annotated[OnComplaint, Tag("complaint")],
    Discriminator(
        _kind_of_when,
        custom_error_type="unknown_when",
        custom_error_message="say when: " + ", ".join(_WHENS),
    ),
]


class PolicyAction(Action):
    """An action as the policy writes it: strict about names, where messages are not."""

    model_config = ConfigDict(extra="forbid")


class RuleCase(PolicyPart):
    """One way in which a rule comes to fire, and what is to be done then."""

    when: When
    provided: Conditions = Conditions()
    action: PolicyAction
    reason: Annotated[str, AfterValidator(check_template), Field(min_length=1)]


class Rule(PolicyPart):
    """A retention rule. At most one trigger of it per customer within `cooldown`."""

    name: Name
    promotional: bool
    cooldown: Duration
    expires_after: Duration
    cases: Annotated[tuple[RuleCase, ...], Field(min_length=1)]


class ServiceRecoveryWindow(PolicyPart):
    """How long a complaint or bad review holds promotion back, if nobody resolves it before."""

    open_for: Duration
    review_at_most: Annotated[Decimal, Field(ge=1, le=5)]


class Policy(PolicyPart):
    """A whole policy. `version` is a hash of what it says, comments aside."""

    policy: Literal[1]
    currency: Annotated[str, AfterValidator(_known_currency)]
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    window: Duration
    scores: Scores
    segments: Segments
    service_recovery: ServiceRecoveryWindow
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        seen: set[str] = set()
        for rule in self.rules:
            if rule.name in seen:
                msg = f"two rules are called {rule.name}"
                raise ValueError(msg)
            seen.add(rule.name)
        return self

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits: two policies with the same version decide alike."""
        said = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    @property
    def minor_digits(self) -> int:
        """How many digits the currency has after the point: 2 for EUR."""
        return int(Iso4217(self.currency).exponent or 0)
