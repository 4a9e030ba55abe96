"""Who was erased has had two lives: what came of the first is over, and only the second counts.

When it ended says the answer to the request. Which events had been taken by then depends on how
fast the request was; but since they come in order it can only be so many of the first.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from schemas.erasure import ErasureStatus
from tests.chaos.load import Load, Tick
from tests.chaos.outcome import Outcome
from tests.oracle import ReceivedMessage, Transition, Trigger, Verdict, run_policy

Json = dict[str, Any]


@dataclass(frozen=True)
class Lives:
    """What counts in the end, and what was written about people before they were erased.

    `load` is without what was erased; `outcome` is without what was written about it.
    """

    load: Load
    outcome: Outcome
    transitions: list[Transition]
    triggers: list[Trigger]
    ids_that_are_over: list[str]
    erased_at: dict[str, datetime]
    troubles: list[str]

    def is_over(self, each: Json) -> bool:
        """True if a transition or trigger was of a life that is over."""
        return _is_over(each, self.erased_at)


def lives(load: Load, outcome: Outcome) -> Lives:
    """Separate what is over from what counts."""
    erased_at = dict(_ends(load, outcome))
    found = _by_customer(load, outcome, erased_at)
    received = _received_by_customer(load)
    troubles, transitions, triggers = list[str](), list[Transition](), list[Trigger]()
    for called in load.erased.keys() - load.joined.keys():
        if called not in erased_at:
            continue  # `compare_erasures` reports that there is no answer.
        first = _first_life(load, called, received.get(called, []), erased_at[called], found)
        if first is None:
            troubles.append(f"{called}: nothing happened at {erased_at[called]}, the end of a life")
            continue
        transitions += first.transitions
        triggers += first.triggers
    return Lives(
        load=_second_lives(load, erased_at),
        outcome=_without(outcome, erased_at),
        transitions=transitions,
        triggers=triggers,
        ids_that_are_over=[
            each["trigger_id"] for each in outcome.triggers if _is_over(each, erased_at)
        ],
        erased_at=erased_at,
        troubles=troubles,
    )


def _ends(load: Load, outcome: Outcome) -> Iterator[tuple[str, datetime]]:
    """Up to when each name was erased, as the answers say."""
    answers = {each.erasure_id: each for each in outcome.erasures}
    done = {
        name: each.erased_at
        for erased in load.erased.values()
        for name in erased.names
        if (each := answers.get(f"era-{name}")) is not None
        and each.status is ErasureStatus.DONE
        and each.erased_at is not None
    }
    for erased in load.erased.values():
        ends = [done[name] for name in erased.names if name in done]
        yield from ((name, max(ends)) for name in erased.names if ends)


def _is_over(each: Json, erased_at: dict[str, datetime]) -> bool:
    end = erased_at.get(each["customer_id"])
    return end is not None and datetime.fromisoformat(each["effective_at"]) <= end


def _by_customer(
    load: Load, outcome: Outcome, erased_at: dict[str, datetime]
) -> dict[str, Counter[Any]]:
    """What was written about each first life."""
    found: dict[str, Counter[Any]] = {name: Counter() for name in load.erased}
    for each in outcome.transitions:
        if each["customer_id"] in found and _is_over(each, erased_at):
            found[each["customer_id"]][each["sequence"], each["dimension"], each["to"]] += 1
    for each in outcome.triggers:
        if each["customer_id"] in found and _is_over(each, erased_at):
            found[each["customer_id"]][each["rule"], each["attempt"]] += 1
    return found


def _received_by_customer(load: Load) -> dict[str, list[tuple[int, ReceivedMessage]]]:
    """The messages of those who are erased, each with its place among all."""
    received: dict[str, list[tuple[int, ReceivedMessage]]] = {name: [] for name in load.erased}
    for place, each in enumerate(load.received):
        if (name := each.message["userId"]) in received:
            received[name].append((place, each))
    return received


def _first_life(
    load: Load,
    called: str,
    received: list[tuple[int, ReceivedMessage]],
    end: datetime,
    found: dict[str, Counter[Any]],
) -> Verdict | None:
    """The life that fits best what was written about it; None if none can have had that end."""
    candidates = [
        run_policy(first, until=present, policy=load.policy)
        for first, present in _possible(load, load.erased[called].round, received, end)
    ]
    return min(candidates, key=lambda each: _distance(each, found[called]), default=None)


def _possible(
    load: Load, number: int, received: list[tuple[int, ReceivedMessage]], end: datetime
) -> Iterator[tuple[list[ReceivedMessage], datetime]]:
    """What may have been taken by the end: all of the rounds before, and the first of this one."""
    begin = load.begin(number)
    bounds = [*load.received_before, len(load.received)]
    ticks = {begin, *(each.now for each in load.rounds[number - 1] if isinstance(each, Tick))}
    taken = [each for place, each in received if place < bounds[number - 1]]
    rest = [each for place, each in received if bounds[number - 1] <= place < bounds[number]]
    present = begin
    for some in range(len(rest) + 1):
        if some:
            last = rest[some - 1]
            present = max(present, time_of(last), last.processed_at or begin)
        if present == end or (present < end and end in ticks):
            yield [*taken, *rest[:some]], present


def _distance(life: Verdict, found: Counter[Any]) -> int:
    """How many things only one of both has."""
    expected: Counter[Any] = Counter(
        (each.sequence, each.dimension, each.after) for each in life.transitions
    )
    expected.update((each.rule, each.attempt) for each in life.triggers)
    return ((expected - found) + (found - expected)).total()


def _second_lives(load: Load, erased_at: dict[str, datetime]) -> Load:
    """Who has said nothing since is nobody any more."""
    received = [
        each
        for each in load.received
        if (end := erased_at.get(each.message["userId"])) is None or time_of(each) > end
    ]
    counted = Counter(each.message["userId"] for each in received)
    events = {
        name: counted[name] if name in erased_at else number
        for name, number in load.events.items()
        if name not in erased_at or counted[name]
    }
    joined = {name: one for name, one in load.joined.items() if name not in erased_at}
    return replace(load, received=received, events=events, joined=joined)


def _without(outcome: Outcome, erased_at: dict[str, datetime]) -> Outcome:
    return outcome._replace(
        transitions=[each for each in outcome.transitions if not _is_over(each, erased_at)],
        triggers=[each for each in outcome.triggers if not _is_over(each, erased_at)],
    )


def time_of(each: ReceivedMessage) -> datetime:
    """When it happened."""
    return datetime.fromisoformat(each.message["timestamp"])
