"""Examples: some of the triggers that differ, with the reasons of both policies."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from schemas.trial_report import Example, ExampleKind
from services.trials.outcome import TrialAction, TrialTrigger
from services.trials.pairing import Pair
from services.trials.witness import Question
from topology.domain.history.instant import to_datetime

MOST: Final = 20
"""Examples of each kind."""

Ask: TypeAlias = Callable[[int, Sequence[Question]], list[str]]
"""Asks the old policy (0) or the new one (1)."""

_KINDS: Final[tuple[ExampleKind, ...]] = ("only_new", "only_old", "moved", "other_action")


def examples(pairs: Iterable[Pair], ask: Ask) -> tuple[Example, ...]:
    """Choose the examples, and ask both policies about them."""
    chosen = [
        (kind, pair) for kind, some in _by_kind(pairs).items() for pair in _spread_over_rules(some)
    ]
    answers = [ask(side, [_question(pair, side) for _, pair in chosen]) for side in range(2)]
    return tuple(
        _example(kind, pair, old, new)
        for (kind, pair), old, new in zip(chosen, *answers, strict=True)
    )


def _by_kind(pairs: Iterable[Pair]) -> dict[ExampleKind, list[Pair]]:
    found: dict[ExampleKind, list[Pair]] = {kind: [] for kind in _KINDS}
    for pair in pairs:
        if (kind := pair.difference) is not None:
            found[kind].append(pair)
    return found


def _spread_over_rules(pairs: Sequence[Pair]) -> list[Pair]:
    """The latest pairs, the same number of each rule as far as there are any."""
    by_rule: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_rule[pair.either.rule].append(pair)
    chosen: list[Pair] = []
    while by_rule and len(chosen) < MOST:
        for rule in sorted(by_rule):
            chosen.append(by_rule[rule].pop())
            if not by_rule[rule]:
                del by_rule[rule]
    return sorted(chosen[:MOST], key=lambda each: (each.either.at, each.either.customer))


def _question(pair: Pair, side: int) -> Question:
    own, either = pair[side], pair.either
    at = either.at if own is None else own.at
    return Question(either.customer, either.rule, at, own is not None)


def _example(kind: ExampleKind, pair: Pair, old_because: str, new_because: str) -> Example:
    old, new = pair
    return Example(
        kind=kind,
        customer_id=pair.either.customer,
        rule=pair.either.rule,
        old_at=None if old is None else to_datetime(old.at),
        new_at=None if new is None else to_datetime(new.at),
        old_action=_in_words(old),
        new_action=_in_words(new),
        old_because=old_because,
        new_because=new_because,
    )


def _in_words(trigger: TrialTrigger | None) -> str | None:
    if trigger is None:
        return None
    action: TrialAction = trigger.action
    particulars = [action.offer, action.template, action.channel]
    return " ".join([action.kind, *filter(None, particulars), f"({action.priority})"])
