"""Comparison: what differs between the outcomes of two policies, counted."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.dimensions import Dimension, values_in
from schemas.policy import Policy
from schemas.trial_report import (
    Adoption,
    AdoptionDifference,
    AheadDifference,
    BusiestHour,
    Differences,
    HeldDifference,
    Migration,
    MigrationMatrix,
    NamedDifferences,
    People,
)
from services.trials.outcome import AdoptionOutcome, Outcome, TrialTrigger, Values
from services.trials.pairing import Pair
from topology.domain.history.instant import HOUR, Instant, to_datetime

NOBODY: Final = "(unknown)"
"""Where a customer stands whom one of the policies does not know."""


def differences(pairs: Iterable[Pair]) -> Differences:
    """Count how the triggers of pairs differ."""
    return Differences(**_counts(pairs))


def by_rule(pairs: Sequence[Pair], policies: Sequence[Policy]) -> tuple[NamedDifferences, ...]:
    """The differences of each rule, in the policies' order; no rule without a trigger."""
    order = dict.fromkeys(rule.name for policy in policies for rule in policy.rules)
    found = dict(_grouped(pairs, lambda pair: pair.either.rule))
    return tuple(found[name] for name in order if name in found)


def by_week(pairs: Sequence[Pair], time_zone: str) -> tuple[NamedDifferences, ...]:
    """The differences of each week, by its Monday in the shop's time zone."""
    zone = ZoneInfo(time_zone)

    def monday(pair: Pair) -> str:
        day = to_datetime(pair.either.at).astimezone(zone).date()
        return (day - timedelta(days=day.weekday())).isoformat()

    return tuple(each for _, each in sorted(_grouped(pairs, monday)))


def by_segment(pairs: Sequence[Pair], policies: Sequence[Policy]) -> tuple[NamedDifferences, ...]:
    """The differences by the customer's segment then, in the policies' order."""
    order = dict.fromkeys(
        name for policy in policies for name in values_in(policy, Dimension.SEGMENT)
    )
    found = dict(_grouped(pairs, lambda pair: pair.either.segment))
    return tuple(found[name] for name in (*order, "") if name in found)


def _grouped(
    pairs: Iterable[Pair], name_of: Callable[[Pair], str]
) -> Iterator[tuple[str, NamedDifferences]]:
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[name_of(pair)].append(pair)
    for name, some in groups.items():
        yield name, NamedDifferences(name=name, **_counts(some))


def _counts(pairs: Iterable[Pair]) -> Mapping[str, int]:
    return Counter[str](pair.difference or "same" for pair in pairs)


def migrations(
    old: Outcome, new: Outcome, policies: Sequence[Policy]
) -> tuple[MigrationMatrix, ...]:
    """Where the customers stand under both policies at the end, in each dimension."""
    places: dict[str, tuple[Values, int]] = {
        each.customer: (each.values, each.revenue) for each in old.customers
    }
    there = {each.customer: each.values for each in new.customers}
    unknown = (NOBODY,) * len(Dimension)
    moved: list[Counter[tuple[str, str]]] = [Counter() for _ in Dimension]
    revenue: list[Counter[tuple[str, str]]] = [Counter() for _ in Dimension]
    for customer in sorted(places.keys() | there.keys()):
        values, money = places.get(customer, (unknown, 0))
        both = zip(values, there.get(customer, unknown), strict=True)
        for number, move in enumerate(both):
            moved[number][move] += 1
            revenue[number][move] += money
    return tuple(
        MigrationMatrix(
            dimension=dimension,
            moves=tuple(
                Migration(
                    from_value=move[0],
                    to_value=move[1],
                    customers=counts[move],
                    revenue=money[move],
                )
                for move in sorted(counts, key=_in_order(dimension, policies))
            ),
        )
        for dimension, counts, money in zip(Dimension, moved, revenue, strict=True)
        if any(values != ("", "") for values in counts)
    )


def _in_order(
    dimension: Dimension, policies: Sequence[Policy]
) -> Callable[[tuple[str, str]], tuple[int, int, tuple[str, str]]]:
    names = dict.fromkeys(name for policy in policies for name in values_in(policy, dimension))
    places = {name: place for place, name in enumerate(names)}

    def place(move: tuple[str, str]) -> tuple[int, int, tuple[str, str]]:
        last = len(places)
        return places.get(move[0], last), places.get(move[1], last), move

    return place


def held(old: Outcome, new: Outcome) -> tuple[HeldDifference, ...]:
    """How often each rule was held for each reason."""
    both = [{(each.rule, each.reason): each.count for each in side.held} for side in (old, new)]
    return tuple(
        HeldDifference(
            rule=rule,
            reason=reason,
            old=both[0].get((rule, reason), 0),
            new=both[1].get((rule, reason), 0),
        )
        for rule, reason in sorted(both[0].keys() | both[1].keys())
    )


def busiest_hour(sent_at: Iterable[Instant]) -> BusiestHour | None:
    """The hour in which the most triggers go out, the first of several; None without a trigger."""
    hours = Counter(at // HOUR for at in sent_at)
    if not hours:
        return None
    hour, count = min(hours.items(), key=lambda each: (-each[1], each[0]))
    return BusiestHour(hour=to_datetime(hour * HOUR), triggers=count)


def people(old: Sequence[TrialTrigger], new: Sequence[TrialTrigger]) -> People:
    """How many customers get triggers, and how many get more of them than before."""
    before, after = (Counter(each.customer for each in side) for side in (old, new))
    customers = before.keys() | after.keys()
    return People(
        touched_by_old=len(before),
        touched_by_new=len(after),
        touched_more=sum(after[each] > before[each] for each in customers),
        touched_less=sum(after[each] < before[each] for each in customers),
        most_by_old=max(before.values(), default=0),
        most_by_new=max(after.values(), default=0),
    )


def ahead(old: Outcome, new: Outcome, policies: Sequence[Policy]) -> tuple[AheadDifference, ...]:
    """What falls due after the end, by rule, in the policies' order."""
    both: list[Counter[str]] = [Counter(), Counter()]
    for side, outcome in zip(both, (old, new), strict=True):
        for each in outcome.ahead:
            side[each.rule] += each.count
    order = dict.fromkeys(rule.name for policy in policies for rule in policy.rules)
    return tuple(
        AheadDifference(rule=name, old=both[0][name], new=both[1][name])
        for name in order
        if both[0][name] or both[1][name]
    )


def adoption(old: Outcome, new: Policy) -> Adoption:
    """What the switch to the new policy sets off by itself, by rule, in its order."""
    found = old.adoption or AdoptionOutcome((), ())
    totals = {each.rule: each for each in found.totals}
    rules = [rule.name for rule in new.rules]
    return Adoption(
        setting=new.adoption,
        held=sum(each.held for each in found.totals),
        sent=len(found.sent_at),
        by_rule=tuple(
            AdoptionDifference(rule=name, held=totals[name].held, sent=totals[name].sent)
            for name in rules
            if name in totals
        ),
        busiest_hour=busiest_hour(found.sent_at),
    )
