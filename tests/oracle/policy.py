"""A policy as plain data, its spans and amounts read once.

Nothing is validated here: what a policy may say is not the oracle's subject.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import yaml

from tests.oracle.instant import Instant, Span, instant_of, span_of
from tests.oracle.money import cents, digits_of
from tests.oracle.once import once

Json: TypeAlias = Mapping[str, Any]

FILE: Final = Path(__file__).parents[2] / "schemas" / "policy" / "default.yaml"
PRIORITIES: Final = ("low", "normal", "high", "highest")


@dataclass(frozen=True)
class Case:
    """One line of a rule: when, on which conditions, and what to do then."""

    when: Json
    provided: Json
    action: Json

    @once
    def delay(self) -> Span:
        """The span after which the clock makes the occasion, if it is such a one."""
        for name in ("for", "after_first_order", "after_order", "after_research", "silent_for"):
            if name in self.when:
                return span_of(self.when[name])
        raise KeyError(self.when)

    @once
    def kind(self) -> str:
        """What kind of occasion it is: what goes with it comes after it."""
        return next(name for name in self.when if name not in PARTICULARS)

    @once
    def multiple(self) -> Fraction:
        """So many usual gaps, exactly."""
        return Fraction(str(self.when["after_usual_gaps"]))

    @once
    def fired_within(self) -> Span:
        """How long ago the rule may have fired, if that is a condition."""
        return span_of(self.provided["fired_within"])

    @once
    def opens_with_care(self) -> bool:
        """True if acting on it answers what opened the case."""
        return "complaint_open" in self.when.get("entering_care", ())


PARTICULARS: Final = ("for", "nth", "no_sooner_than")
"""What only says more about a kind of occasion."""


@dataclass(frozen=True)
class Rule:
    """A rule; `place` is its place in the policy."""

    name: str
    place: int
    promotional: bool
    cooldown: Span
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Policy:
    """A policy; `document` is what the file says.

    To a worker whose time comes from ticks nothing is too old to be sent: it `sends_everything`.
    """

    document: Json
    sends_everything: bool = True

    @property
    def currency(self) -> str:
        """In which all amounts are."""
        code: str = self.document["currency"]
        return code

    @once
    def rates(self) -> dict[str, list[tuple[Instant, Fraction]]]:
        """The rates of each other currency, each with the instant from which it holds."""
        found: dict[str, list[tuple[Instant, Fraction]]] = {}
        zone = ZoneInfo(self.document["time_zone"])
        for each in self.document["exchange"]:
            day = date.fromisoformat(str(each["from"]))
            begin = instant_of(datetime(day.year, day.month, day.day, tzinfo=zone))
            found.setdefault(each["currency"], []).append((begin, Fraction(str(each["rate"]))))
        return {currency: sorted(rates) for currency, rates in found.items()}

    @once
    def window(self) -> Span:
        """How long an order stays in the rolling window."""
        return span_of(self.document["window"])

    @once
    def recency(self) -> tuple[tuple[Span, int], ...]:
        """The steps of R: younger than this, that score."""
        steps = self.document["scores"]["recency"]["steps"]
        return tuple((span_of(each["younger_than"]), each["score"]) for each in steps)

    @once
    def frequency(self) -> tuple[tuple[int, int], ...]:
        """The steps of F: so many orders, that score."""
        steps = self.document["scores"]["frequency"]["steps"]
        return tuple((each["at_least"], each["score"]) for each in steps)

    @once
    def monetary(self) -> tuple[tuple[int, int], ...]:
        """The steps of M: so many minor units, that score."""
        steps = self.document["scores"]["monetary"]["steps"]
        digits = digits_of(self.currency)
        return tuple((cents(each["at_least"], digits), each["score"]) for each in steps)

    def otherwise(self, score: str) -> int:
        """The score below all steps."""
        found: int = self.document["scores"][score]["otherwise"]
        return found

    @once
    def segments(self) -> dict[tuple[int, int], str]:
        """The segment of each pair of R and F."""
        return {
            (r, f): field["name"]
            for field in self.document["segments"]["grid"]
            for r in field["recency"]
            for f in field["frequency"]
        }

    @once
    def without_orders(self) -> str:
        """The segment of who has no order that counts."""
        name: str = self.document["segments"]["without_orders"]
        return name

    def rungs(self, ladder: str) -> list[str]:
        """The names of a ladder's rungs, from the lowest."""
        return [rung["name"] for rung in self.document[ladder]]

    @once
    def open_for(self) -> Span:
        """How long a case stays open by itself."""
        return span_of(self.document["service_recovery"]["open_for"])

    @once
    def recovering_for(self) -> Span:
        """How long a customer recovers from a case."""
        return span_of(self.document["service_recovery"]["recovering_for"])

    @once
    def caps(self) -> tuple[tuple[int, Span], ...]:
        """At most so many promotional triggers within that span."""
        return tuple(
            (each["at_most"], span_of(each["within"])) for each in self.document["frequency_caps"]
        )

    @property
    def needs_consent(self) -> str | None:
        """What must have been agreed to before any promotion, if that is asked for."""
        purpose: str | None = self.document.get("promotion_needs_consent")
        return purpose

    @once
    def kept_traits(self) -> frozenset[str]:
        """The traits that are always kept: the two that are read anyhow, and what is named here."""
        return frozenset({"birthday", "timezone", *_traits_in(self.document)})

    @once
    def rest_after(self) -> int:
        """So many attempts make all promotion wait."""
        number: int = self.document["rest_after"]
        return number

    @once
    def max_age(self) -> Span | None:
        """What is older is not sent; None sends everything."""
        age = None if self.sends_everything else self.document.get("max_age")
        return None if age is None else span_of(age)

    @once
    def settles_after(self) -> Span:
        """For so long after old news the clock waits for more of them."""
        return span_of(self.document.get("history_settles_after", "15 minutes"))

    def is_old(self, at: Instant, now: Instant) -> bool:
        """True if nothing is sent at an instant about what was at another."""
        return self.max_age is not None and now - at > self.max_age

    @once
    def quiet(self) -> tuple[time, time]:
        """When nobody is to be disturbed: from, to."""
        hours = self.document["quiet_hours"]
        return time.fromisoformat(hours["from"]), time.fromisoformat(hours["to"])

    @once
    def rules(self) -> tuple[Rule, ...]:
        """The rules, in their order."""
        return tuple(
            Rule(
                each["name"],
                place,
                each["promotional"],
                span_of(each["cooldown"]),
                tuple(
                    Case(case["when"], case.get("provided", {}), case["action"])
                    for case in each["cases"]
                ),
            )
            for place, each in enumerate(self.document["rules"])
        )

    def of_kind(self, kind: str) -> tuple[Case, ...]:
        """The cases with this kind of occasion."""
        return self._by_kind.get(kind, ())

    def rules_for(self, kinds: frozenset[str]) -> list[tuple[Rule, list[Case]]]:
        """The rules with the cases of these kinds, in their order."""
        if kinds not in self._rules_for:
            found = [(rule, [c for c in rule.cases if c.kind in kinds]) for rule in self.rules]
            self._rules_for[kinds] = [(rule, cases) for rule, cases in found if cases]
        return self._rules_for[kinds]

    @once
    def _rules_for(self) -> dict[frozenset[str], list[tuple[Rule, list[Case]]]]:
        return {}

    @once
    def _by_kind(self) -> dict[str, tuple[Case, ...]]:
        kinds = {case.kind for case in self.cases}
        return {kind: tuple(case for case in self.cases if case.kind == kind) for kind in kinds}

    @once
    def cases(self) -> tuple[Case, ...]:
        """The cases of all rules."""
        return tuple(case for rule in self.rules for case in rule.cases)


DEFAULT: Final = Policy(yaml.safe_load(FILE.read_text(encoding="utf-8")))
"""The default policy."""


def _traits_in(node: Any) -> Iterator[str]:
    """The names under every `traits` that has names: the ideal customer's is a list."""
    if isinstance(node, Mapping):
        named = node.get("traits")
        if isinstance(named, Mapping):
            yield from named
        for each in node.values():
            yield from _traits_in(each)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from _traits_in(each)
