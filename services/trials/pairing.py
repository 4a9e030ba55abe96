"""Pairing: which trigger of the old policy is which of the new one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple

from schemas.trial_report import ExampleKind
from services.trials.outcome import TrialTrigger
from topology.domain.history.instant import Instant


class Pair(NamedTuple):
    """The triggers of one customer and rule under both policies; one of them may be missing."""

    old: TrialTrigger | None
    new: TrialTrigger | None

    @property
    def either(self) -> TrialTrigger:
        """The old one; the new one if there is no old one."""
        found = self.old or self.new
        if found is None:
            raise AssertionError("a pair has at least one trigger")
        return found

    @property
    def difference(self) -> ExampleKind | None:
        """How the two differ; None if they are the same."""
        if self.new is None:
            return "only_old"
        if self.old is None:
            return "only_new"
        if self.old.at != self.new.at:
            return "moved"
        return None if self.old.action == self.new.action else "other_action"


def pair_triggers(
    old: Iterable[TrialTrigger], new: Iterable[TrialTrigger], since: Instant
) -> tuple[Pair, ...]:
    """Pair the triggers of each customer and rule, first by their instants, then in order.

    Only pairs with a trigger after `since` count: the other one may be earlier. The pairs are in
    the order of time.
    """
    by_customer_and_rule: dict[tuple[str, str], tuple[list[TrialTrigger], list[TrialTrigger]]]
    by_customer_and_rule = defaultdict(lambda: ([], []))
    for side, triggers in enumerate((old, new)):
        for each in triggers:
            by_customer_and_rule[each.customer, each.rule][side].append(each)
    pairs = [pair for both in by_customer_and_rule.values() for pair in _pairs(*both)]
    counted = (pair for pair in pairs if any(each and each.at > since for each in pair))
    return tuple(sorted(counted, key=_place))


def _pairs(old: list[TrialTrigger], new: list[TrialTrigger]) -> Iterator[Pair]:
    by_instant: dict[int, list[TrialTrigger]] = defaultdict(list)
    for each in new:
        by_instant[each.at].append(each)
    left: list[TrialTrigger] = []
    for each in old:
        if same := by_instant[each.at]:
            yield Pair(each, same.pop(0))
        else:
            left.append(each)
    unpaired = [each for _, some in sorted(by_instant.items()) for each in some]
    for one, other in zip_longest(left, unpaired):
        yield Pair(one, other)


def _place(pair: Pair) -> tuple[int, str, str, int]:
    either = pair.either
    return either.at, either.customer, either.rule, 0 if pair.new is None else pair.new.at
