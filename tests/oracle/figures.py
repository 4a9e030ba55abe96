"""What the history comes to at one instant: counts, scores, care, and whether conditions hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.oracle.history import History
from tests.oracle.instant import Instant, Span
from tests.oracle.money import cents, digits_of
from tests.oracle.once import once
from tests.oracle.policy import Json, Policy


@dataclass(frozen=True)
class Figures:
    """The figures of one instant; nothing in them is remembered."""

    history: History
    at: Instant
    policy: Policy

    @once
    def orders_in_window(self) -> int:
        """How many orders the rolling window holds."""
        return sum(self.at - each.at < self.policy.window for each in self.history.orders)

    @once
    def revenue_in_window(self) -> int:
        """What is left of them, in minor units."""
        return sum(
            each.left for each in self.history.orders if self.at - each.at < self.policy.window
        )

    @once
    def recency_score(self) -> int:
        """R: the age of the last order."""
        last = self.history.last_order_at
        for younger_than, score in self.policy.recency if last is not None else ():
            if self.at - (last or 0) < younger_than:
                return score
        return self.policy.otherwise("recency")

    @once
    def frequency_score(self) -> int:
        """F: orders in the window."""
        return self._reached("frequency", self.orders_in_window, self.policy.frequency)

    @once
    def monetary_score(self) -> int:
        """M: revenue in the window."""
        return self._reached("monetary", self.revenue_in_window, self.policy.monetary)

    def _reached(self, name: str, value: int, steps: Sequence[tuple[int, int]]) -> int:
        return next(
            (score for at_least, score in steps if value >= at_least), self.policy.otherwise(name)
        )

    @once
    def orders_total(self) -> int:
        """Orders that count, in or out of the window."""
        return len(self.history.orders)

    @property
    def unanswered(self) -> int:
        """Attempts without an answer."""
        return self.history.attempts

    @once
    def usual_gap(self) -> Span | None:
        """The usual time between two orders of the window."""
        times = [each.at for each in self.history.orders if self.at - each.at < self.policy.window]
        return (times[-1] - times[0]) // (len(times) - 1) if len(times) > 1 else None

    @once
    def care(self) -> str:
        """Whether a case is open, or was lately."""
        if any(each.at <= self.at < each.closed_at for each in self.history.cases):
            return "complaint_open"
        if any(
            each.closed_at <= self.at < each.closed_at + self.policy.recovering_for
            for each in self.history.cases
        ):
            return "recovering"
        return "calm"

    @once
    def segment(self) -> str:
        """The field of R and F."""
        if not self.history.orders:
            return self.policy.without_orders
        return self.policy.segments[self.recency_score, self.frequency_score]

    @once
    def stage(self) -> str:
        """The highest rung of the stages."""
        return self._highest("stages")

    @once
    def tier(self) -> str:
        """The highest rung of the tiers."""
        return self._highest("tiers")

    def _highest(self, ladder: str) -> str:
        """The highest rung of which any line holds; the lowest needs none."""
        lowest, *others = self.policy.document[ladder]
        for rung in reversed(others):
            if any(self.holds(line) for line in rung["any"]):
                return str(rung["name"])
        return str(lowest["name"])

    @once
    def fit(self) -> Fraction:
        """How well the customer fits the shop: from 0 to 1, in whole hundredths."""
        traits = self.policy.document["ideal_customer"]["traits"]
        weights = [(Fraction(str(each["weight"])), each["provided"]) for each in traits]
        all_of_them = sum(weight for weight, _ in weights)
        those = sum((weight for weight, line in weights if self.holds(line)), Fraction(0))
        return round(those / all_of_them, 2) if all_of_them else Fraction(0)

    def holds(self, conditions: Json) -> bool:
        """True if all of these conditions hold; `fired_within` is not one of a customer."""
        return all(self._one_holds(name, wanted) for name, wanted in conditions.items())

    def _one_holds(self, name: str, wanted: Any) -> bool:
        match name:
            case "segment" | "stage" | "tier" | "care":
                return bool(getattr(self, name) in wanted)
            case "newsletter" | "consent" | "following" | "engaged":
                return bool(getattr(self.history, name) is wanted)
            case "bought_over":
                return not self.history.bought_over.isdisjoint(wanted)
            case "traits":
                return all(_is_one_of(self.history.traits, *each) for each in wanted.items())
            case "revenue_in_window":
                digits = digits_of(self.policy.currency)
                bounds = {k: cents(v, digits) for k, v in wanted.items()}
                return _within(self.revenue_in_window, bounds)
            case _:
                return _within(getattr(self, name), wanted)


def _within(value: int, bounds: Json) -> bool:
    return bool(bounds.get("at_least", value) <= value <= bounds.get("at_most", value))


def _is_one_of(traits: Json, name: str, values: Sequence[Any]) -> bool:
    """True if the trait has one of these values; true is not 1."""
    if name not in traits:
        return False
    has = traits[name]
    return any(
        has == value and isinstance(has, bool) == isinstance(value, bool) for value in values
    )
