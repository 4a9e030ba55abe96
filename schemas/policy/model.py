"""A whole policy. Its parts are in `scores`, `segments` and `rules`; unknown names are refused."""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from iso4217 import Currency as Iso4217
from pydantic import AfterValidator, Field, model_validator

from schemas.policy.duration import Duration
from schemas.policy.part import Fault, PolicyPart, Rating, Where, refuse
from schemas.policy.rules import (
    AfterFirstOrder,
    EnteringSegment,
    OnComplaint,
    ReviewAtMost,
    Rule,
    RuleCase,
)
from schemas.policy.scores import AmountScale, Scores, finer_than
from schemas.policy.segments import Segments

__all__ = [
    "AfterFirstOrder",
    "AmountScale",
    "EnteringSegment",
    "OnComplaint",
    "Policy",
    "ReviewAtMost",
    "Rule",
    "RuleCase",
]


def _known_currency(code: str) -> str:
    try:
        digits = Iso4217(code).exponent
    except ValueError:
        msg = f"{code!r} is not a currency code of ISO 4217; write for example EUR"
        raise ValueError(msg) from None
    if digits is None:
        msg = f"{code} is no money that a shop is paid in; write for example EUR"
        raise ValueError(msg)
    return code


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"{name!r:.60} is not a time zone; write for example Europe/Berlin"
        raise ValueError(msg) from None
    return name


class ServiceRecoveryWindow(PolicyPart):
    """How long a complaint or bad review holds promotion back, if nobody resolves it before."""

    open_for: Duration
    review_at_most: Rating


class Policy(PolicyPart):
    """A whole policy. `version` is a hash of what it says, comments aside."""

    policy: Annotated[Literal[1], Field(description="The version of this format.")]
    currency: Annotated[str, AfterValidator(_known_currency)]
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    window: Duration
    scores: Scores
    segments: Segments
    service_recovery: ServiceRecoveryWindow
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        refuse([*self._names_given_twice(), *self._unknown_segments(), *self._too_fine_amounts()])
        return self

    def _names_given_twice(self) -> Iterator[Fault]:
        seen: set[str] = set()
        for i, rule in enumerate(self.rules):
            if rule.name in seen:
                yield Fault(("rules", i, "name"), f"two rules are called {rule.name}")
            seen.add(rule.name)

    def _unknown_segments(self) -> Iterator[Fault]:
        known = self.segments.names
        for where, case in self._cases():
            names = case.when.entering if isinstance(case.when, EnteringSegment) else ()
            for i, name in enumerate(names):
                if name not in known:
                    there_are = f"there are {', '.join(sorted(known))}"
                    said = f"{name!r} is no segment of this policy; {there_are}"
                    yield Fault((*where, "when", "entering", i), said)

    def _too_fine_amounts(self) -> Iterator[Fault]:
        digits = self.minor_digits
        for i, step in enumerate(self.scores.monetary.steps):
            yield from finer_than(
                ("scores", "monetary", "steps", i, "at_least"), step.at_least, digits
            )
        for place, case in self._cases():
            bounds = case.provided.revenue_in_window
            where = (*place, "provided", "revenue_in_window")
            if bounds is not None:
                yield from finer_than((*where, "at_least"), bounds.at_least, digits)
                yield from finer_than((*where, "at_most"), bounds.at_most, digits)

    def _cases(self) -> Iterator[tuple[Where, RuleCase]]:
        for i, rule in enumerate(self.rules):
            for j, case in enumerate(rule.cases):
                yield ("rules", i, "cases", j), case

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits: two policies with the same version decide alike."""
        # What is not said is left out, so that a name that a later release adds changes no version.
        says = self.model_dump(mode="json", exclude_none=True)
        text = json.dumps(says, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def minor_digits(self) -> int:
        """How many digits the currency has after the point: 2 for EUR."""
        return int(Iso4217(self.currency).exponent or 0)
