"""Conditions, compiled: each reads an input and accepts it or not.

The same conditions decide and explain: a case may fire if all of its conditions are met, and `why`
shows each of them with its input.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from types import MappingProxyType
from typing import Any, Final

from schemas.counted import counted
from schemas.dimensions import Dimension
from schemas.policy.conditions import Bounds, Conditions, ProfileConditions
from schemas.policy.duration import write_duration
from topology.domain.history.channels import CHANNELS, mask_of
from topology.domain.history.dimensions import value_reader
from topology.domain.history.instant import DAY, HOUR, span
from topology.domain.history.state import History, Scores, State

ReadInput = Callable[[History, Scores], Any]
ReadRow = Callable[[State], Any]
Accept = Callable[[Any], bool]
Show = Callable[[Any], str | bool | int | float | None]


def _as_it_is(actual: Any) -> Any:
    return actual


@dataclass(frozen=True, slots=True)
class ProfileCondition:
    """A condition on the history and the scores."""

    field: str
    wanted: str
    read: ReadInput
    accepts: Accept
    show: Show = _as_it_is


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on a row."""

    field: str
    wanted: str
    read: ReadRow
    accepts: Accept
    show: Show = _as_it_is
    """The input for a person to read, in the unit of `wanted`."""


def are_met_by(conditions: tuple[ProfileCondition, ...], history: History, scores: Scores) -> bool:
    """True if all of them hold."""
    for condition in conditions:  # noqa: SIM110 - a generator costs more than most conditions
        if not condition.accepts(condition.read(history, scores)):
            return False
    return True


def are_met(conditions: tuple[Condition, ...], state: State) -> bool:
    """True if all of them hold."""
    for condition in conditions:  # noqa: SIM110 - a generator costs more than most conditions
        if not condition.accepts(condition.read(state)):
            return False
    return True


REVENUE: Final = "revenue_in_window"
"""The figure that is an amount of money."""

FIGURES: Final[Mapping[str, ReadInput]] = MappingProxyType(
    {
        "recency_score": lambda _history, scores: scores.recency,
        "frequency_score": lambda _history, scores: scores.frequency,
        "monetary_score": lambda _history, scores: scores.monetary,
        "orders_in_window": lambda _history, scores: scores.orders_in_window,
        REVENUE: lambda _history, scores: scores.revenue_in_window,
        "orders_total": lambda _history, scores: scores.orders_total,
    }
)
FLAGS: Final[Mapping[str, ReadInput]] = MappingProxyType(
    {
        "newsletter": lambda history, _scores: history.person.subscribed,
        "consent": lambda history, _scores: history.person.consents,
        "following": lambda history, _scores: history.person.following,
        "engaged": lambda history, _scores: history.person.engaged,
    }
)


def compile_profile_conditions(
    profile: ProfileConditions, digits: int
) -> tuple[ProfileCondition, ...]:
    """Make conditions on the history and the scores ready; `digits` are the currency's."""
    return tuple(_on_profile(profile, digits))


def compile_conditions(conditions: Conditions, rule: str, digits: int) -> tuple[Condition, ...]:
    """Make the conditions of a rule's case ready: the cheap ones first."""
    return (
        *_of_dimensions(conditions),
        *(_on_row(each) for each in compile_profile_conditions(conditions, digits)),
        *_of_contact(conditions, rule),
    )


def _on_profile(profile: ProfileConditions, digits: int) -> Iterator[ProfileCondition]:
    for field, read in FIGURES.items():
        bounds: Bounds | None = getattr(profile, field)
        if bounds is not None:
            money = field == REVENUE
            yield ProfileCondition(
                field,
                _words(bounds),
                read,
                _within(bounds, digits if money else 0),
                _in_major_units(digits) if money else _as_it_is,
            )
    for field, read in FLAGS.items():
        wanted: bool | None = getattr(profile, field)
        if wanted is not None:
            yield ProfileCondition(field, str(wanted).lower(), read, _equals(wanted))
    if profile.bought_over is not None:
        mask = mask_of(profile.bought_over)
        words = " or ".join(profile.bought_over)
        yield ProfileCondition(
            "bought_over",
            words,
            lambda history, _: history.bought_over,
            lambda bits: bool(bits & mask),
            _channels,
        )
    for name, values in (profile.traits or {}).items():
        words = " or ".join(map(_word, values))
        yield ProfileCondition(f"traits.{name}", words, _trait(name), _one_of(values))


def _of_dimensions(conditions: Conditions) -> Iterator[Condition]:
    for dimension in Dimension:
        names: tuple[str, ...] | None = getattr(conditions, dimension)
        if names is not None:
            yield one_of_values(dimension, names)


def one_of_values(dimension: Dimension, values: tuple[str, ...]) -> Condition:
    """The condition that a customer is at one of these values of a dimension."""
    accepts = frozenset(values).__contains__
    return Condition(dimension.value, " or ".join(values), value_reader(dimension), accepts)


def _of_contact(conditions: Conditions, rule: str) -> Iterator[Condition]:
    if conditions.unanswered is not None:
        yield Condition(
            "unanswered",
            _words(conditions.unanswered),
            lambda state: len(state.history.attempts),
            _within(conditions.unanswered, 0),
        )
    if conditions.fired_within is not None:
        limit = span(conditions.fired_within)

        def age(state: State) -> int | None:
            fired = state.memory.last_fired(rule)
            return None if fired is None else state.as_of - fired.at

        yield Condition(
            "fired_within",
            write_duration(conditions.fired_within),
            age,
            lambda ago: ago is not None and ago < limit,
            _ago,
        )


def _on_row(condition: ProfileCondition) -> Condition:
    read = condition.read
    return Condition(
        condition.field,
        condition.wanted,
        lambda state: read(state.history, state.scores),
        condition.accepts,
        condition.show,
    )


def _within(bounds: Bounds, scale: int) -> Accept:
    low = None if bounds.at_least is None else minor(bounds.at_least, scale)
    high = None if bounds.at_most is None else int(bounds.at_most.scaleb(scale))
    if high is None:
        return lambda figure: bool(figure >= low)
    if low is None:
        return lambda figure: bool(figure <= high)
    return lambda figure: bool(low <= figure <= high)


def minor(amount: Decimal, digits: int) -> int:
    """An amount in whole minor units, rounded up."""
    return ceil(amount.scaleb(digits))


def _words(bounds: Bounds) -> str:
    parts = [] if bounds.at_least is None else [f"at least {bounds.at_least:f}"]
    return " and ".join(parts + ([] if bounds.at_most is None else [f"at most {bounds.at_most:f}"]))


def _in_major_units(digits: int) -> Show:
    return lambda amount: f"{Decimal(amount).scaleb(-digits):f}"


def _channels(bits: int) -> str:
    names = (name for code, name in CHANNELS.items() if bits >> code & 1)
    return " and ".join(names) or "none"


def _ago(age: int | None) -> str:
    """In whole hours, from two days on in whole days."""
    if age is None:
        return "never"
    return counted(age // DAY, "day") if age >= 2 * DAY else counted(age // HOUR, "hour")


def _word(value: object) -> str:
    """A trait as a policy writes it: `true`, and 42 without a point."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _equals(wanted: bool) -> Accept:  # noqa: FBT001 - it is the value
    return lambda actual: actual is wanted


def _trait(name: str) -> ReadInput:
    return lambda history, _scores: history.person.trait(name)


def _one_of(values: tuple[object, ...]) -> Accept:
    # True is 1 in Python, but not in a policy.
    return lambda actual: any(
        actual == value and isinstance(actual, bool) == isinstance(value, bool) for value in values
    )
