"""A whole policy. Its parts are in `scores`, `segments` and `rules`; unknown names are refused."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from schemas.currency import minor_digits
from schemas.dimensions import Dimension, values_in
from schemas.policy.care import ServiceRecovery
from schemas.policy.conditions import ProfileConditions
from schemas.policy.duration import Duration, write_duration
from schemas.policy.exchange import Exchange, known_currency
from schemas.policy.ideal import IdealCustomer
from schemas.policy.ladder import NO_LADDER, Ladder
from schemas.policy.limits import FrequencyCap, Purpose, QuietHours
from schemas.policy.occasions.part import ValuesPart
from schemas.policy.part import Fault, PolicyPart, Where, refuse
from schemas.policy.rates import Gathered, Rates, gather
from schemas.policy.rules import Rule, RuleCase
from schemas.policy.scores import Scores, finer_than
from schemas.policy.segments import Segments


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"{name!r:.60} is not a time zone; write for example Europe/Berlin"
        raise ValueError(msg) from None
    return name


LONGEST_WINDOW: Final = timedelta(days=3653)
"""Ten years: a row has a sum for each day of the window at most."""


def _not_too_long(window: timedelta) -> timedelta:
    if window > LONGEST_WINDOW:
        msg = f"the window can't be longer than {write_duration(LONGEST_WINDOW)} (ten years)"
        raise ValueError(msg)
    return window


MOST_TRAIT_NAMES: Final = 50
"""A row keeps everything that the policy names, beside all else: so there is a bound."""


def _named(case: RuleCase) -> Iterator[tuple[Where, Dimension, tuple[str, ...]]]:
    """Where a case names values of dimensions: which, and what they are."""
    if isinstance(case.when, ValuesPart):
        yield ("when", case.when.kind()), case.when.dimension, case.when.values
    for dimension in Dimension:
        yield ("provided", dimension.value), dimension, getattr(case.provided, dimension) or ()


class Policy(PolicyPart):
    """A whole policy. `version` is a hash of what it says, comments aside."""

    policy: Annotated[Literal[1], Field(description="The version of this format.")]
    currency: Annotated[str, AfterValidator(known_currency)]
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    window: Annotated[
        Duration, AfterValidator(_not_too_long), Field(description="At most 3653 days.")
    ]
    scores: Scores
    segments: Segments
    stages: Ladder = NO_LADDER
    tiers: Ladder = NO_LADDER
    service_recovery: ServiceRecovery
    ideal_customer: IdealCustomer | None = None
    frequency_caps: tuple[FrequencyCap, ...] = ()
    quiet_hours: QuietHours | None = None
    promotion_needs_consent: Purpose | None = None
    rest_after: Annotated[int, Field(ge=1, le=12, strict=True)] | None = None
    max_age: Annotated[
        Duration | None,
        Field(
            description="A trigger that would have fired longer ago than this is counted and "
            "listed, and not sent: a backfill is silent. Without it every trigger is sent."
        ),
    ] = None
    oldest_event: Annotated[
        Duration,
        Field(
            description="An event older than this when it is processed is a mistake, such as the "
            "zero of a clock, and becomes a dead letter."
        ),
    ] = timedelta(days=10_957)
    history_settles_after: Annotated[
        Duration,
        Field(
            description="How long nothing fires by the clock for a customer after an event that is "
            "older than max_age: the rest of an import may be on its way."
        ),
    ] = timedelta(minutes=15)
    adoption: Annotated[
        Literal["hold", "fire"],
        Field(
            description="What becomes of rules that a changed policy sets off by itself: they are "
            "held and counted, or they fire."
        ),
    ] = "hold"
    exchange: Annotated[
        tuple[Exchange, ...],
        Field(
            description="Rates of other currencies, and files of rates: what an order in one of "
            "them is in the policy's currency, by the day on which it was made."
        ),
    ] = ()
    most_orders_per_day: Annotated[
        int | None,
        Field(
            ge=1,
            le=250,
            strict=True,
            description="An id with more orders than this within 24 hours gathers strangers: it is "
            "reported. It changes no decision.",
        ),
    ] = 50
    rules: Annotated[tuple[Rule, ...], Field(max_length=100)]

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        refuse(
            [
                *self._names_given_twice(),
                *self._unknown_names(),
                *self._two_costs(),
                *self._too_fine_amounts(),
                *self._gathered.faults,
                *self._wrong_traits(),
            ]
        )
        return self

    def _names_given_twice(self) -> Iterator[Fault]:
        seen: set[str] = set()
        for i, rule in enumerate(self.rules):
            if rule.name in seen:
                yield Fault(("rules", i, "name"), f"two rules are called {rule.name}")
            seen.add(rule.name)

    def _unknown_names(self) -> Iterator[Fault]:
        for where, case in self._cases():
            for field, dimension, values in _named(case):
                known = values_in(self, dimension)
                for i, value in enumerate(values):
                    if value not in known:
                        there_are = f"there are {', '.join(sorted(known))}"
                        problem = f"{value!r} is no {dimension} of this policy; {there_are}"
                        yield Fault((*where, *field, i), problem)

    def _two_costs(self) -> Iterator[Fault]:
        """A trigger says its rule and its action: from these its cost must be known."""
        costs: dict[tuple[str, str], Decimal | None] = {}
        for i, rule in enumerate(self.rules):
            for j, case in enumerate(rule.cases):
                action = case.action.model_dump_json(exclude={"priority"})
                if costs.setdefault((rule.name, action), case.action.cost) != case.action.cost:
                    problem = "two cases of a rule with the same action have the same cost"
                    yield Fault(("rules", i, "cases", j, "action", "cost"), problem)

    def _too_fine_amounts(self) -> Iterator[Fault]:
        digits = self.minor_digits
        for i, step in enumerate(self.scores.monetary.steps):
            yield from finer_than(
                ("scores", "monetary", "steps", i, "at_least"), step.at_least, digits
            )
        for place, case in self._cases():
            yield from finer_than((*place, "action", "cost"), case.action.cost, digits)
        for place, conditions in self._all_conditions():
            bounds = conditions.revenue_in_window
            where = (*place, "revenue_in_window")
            if bounds is not None:
                yield from finer_than((*where, "at_least"), bounds.at_least, digits)
                yield from finer_than((*where, "at_most"), bounds.at_most, digits)

    def _wrong_traits(self) -> Iterator[Fault]:
        seen: set[str] = set()
        for place, conditions in self._all_conditions():
            for name in conditions.traits or ():
                seen.add(name)
                where = (*place, "traits", name)
                if name == "consent":
                    problem = "consent is no trait here: write consent: true, or false"
                    yield Fault(where, problem)
                elif len(seen) > MOST_TRAIT_NAMES:
                    yield Fault(where, f"a policy names {MOST_TRAIT_NAMES} traits at most")

    @property
    def trait_names(self) -> frozenset[str]:
        """The traits that any condition names."""
        return frozenset(name for _, each in self._all_conditions() for name in each.traits or ())

    def _all_conditions(self) -> Iterator[tuple[Where, ProfileConditions]]:
        """All conditions of this policy."""
        for ladder in ("stages", "tiers"):
            for i, rung in enumerate(getattr(self, ladder)):
                yield from (((ladder, i, "any", j), each) for j, each in enumerate(rung.any))
        for i, trait in enumerate(self.ideal_customer.traits if self.ideal_customer else ()):
            yield ("ideal_customer", "traits", i, "provided"), trait.provided
        for where, case in self._cases():
            yield (*where, "provided"), case.provided

    def _cases(self) -> Iterator[tuple[Where, RuleCase]]:
        for i, rule in enumerate(self.rules):
            for j, case in enumerate(rule.cases):
                yield ("rules", i, "cases", j), case

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits: two policies with the same version decide alike."""
        # Defaults are left out, so that a name that a later release adds changes no version.
        absent = {
            name
            for name, field in type(self).model_fields.items()
            if not field.is_required() and getattr(self, name) == field.default
        }
        content = self.model_dump(mode="json", exclude_none=True, exclude=absent)
        if self.exchange:  # In one order, wherever they are written.
            content["exchange"] = [*self._rate_lines()]
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def _rate_lines(self) -> Iterator[str]:
        for currency, each in self.rates.items():
            for day, price in zip(each.days, each.prices, strict=True):
                yield f"{currency} {day} {price.dividend}/{price.divisor}"

    @property
    def rates(self) -> Mapping[str, Rates]:
        """The rates of each other currency that an order may be in, by its code."""
        return self._gathered.rates

    @cached_property
    def _gathered(self) -> Gathered:
        return gather(self.exchange, self.currency)

    @property
    def minor_digits(self) -> int:
        """How many digits the currency has after the point: 2 for EUR."""
        return minor_digits(self.currency)
