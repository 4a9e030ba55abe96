"""Two lives of somebody who was erased: which events were of the first, and what is left."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.erasure import Erasure, ErasureStatus
from tests.chaos.compare_erasures import compare_erasures
from tests.chaos.erasing import SALT
from tests.chaos.lives import lives
from tests.chaos.load import Erased, Load, Tick
from tests.chaos.outcome import Outcome
from tests.oracle import ReceivedMessage, Transition, Trigger, run_policy
from topology.domain.rows.erased import tombstone_of

START = datetime(2026, 1, 1, tzinfo=UTC)
ROUND = timedelta(days=10)
NAME = "anna"


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def order(at: datetime, name: str = NAME) -> ReceivedMessage:
    properties = {"order_id": f"o-{name}-{at}", "total": 60, "currency": "EUR"}
    envelope = {"messageId": f"m-{at}", "userId": name, "timestamp": at.isoformat()}
    return ReceivedMessage(
        {"type": "track", "event": "Order Completed", "properties": properties, **envelope}, at
    )


@pytest.fixture
def load() -> Load:
    """Three rounds. Anna is erased in the second; Bert is not."""
    received = [order(day(1)), order(day(1), "bert")]
    received += [order(day(number)) for number in (11, 12, 18)]
    received += [order(day(21))]
    return Load(
        "a small one",
        rounds=[[Tick(day(10))], [Tick(day(15)), Tick(day(20))], [Tick(day(30))]],
        received=received,
        events={NAME: 5, "bert": 1},
        erased={NAME: Erased(2, frozenset([NAME]))},
        received_before=[0, 2, 5],
    )


def outcome(load: Load, end: datetime, taken: int) -> Outcome:
    """What comes of it if the first life ended then, with so many events."""
    theirs = [each for each in load.received if each.message["userId"] == NAME]
    present = max(day(10), *(each.processed_at or day(10) for each in theirs[:taken]))
    first = run_policy(theirs[:taken], until=present)
    rest = [each for each in theirs if each.processed_at is not None and each.processed_at > end]
    later = run_policy([*rest, order(day(1), "bert")], until=load.until)
    moves = [*map(_move, [*first.transitions, *later.transitions])]
    fired = [*map(_fired, [*first.triggers, *later.triggers])]
    return Outcome(moves, fired, [], [], [], [], {}, _tombstones(end), [_done(end)])


def _fired(each: Trigger) -> dict[str, Any]:
    return {
        "customer_id": each.customer,
        "trigger_id": f"{each.customer} {each.rule} {each.attempt}",
        "rule": each.rule,
        "attempt": each.attempt,
        "effective_at": each.at.isoformat(),
    }


def _move(each: Transition) -> dict[str, Any]:
    return {
        "customer_id": each.customer,
        "sequence": each.sequence,
        "dimension": each.dimension,
        "to": each.after,
        "effective_at": each.at.isoformat(),
    }


def _tombstones(end: datetime) -> dict[bytes, datetime]:
    return {tombstone_of(SALT.encode(), NAME.encode()): end}


def _done(end: datetime) -> Erasure:
    return Erasure(
        erasure_id=f"era-{NAME}",
        status=ErasureStatus.DONE,
        requested_at=day(10),
        erased_at=end,
        marks=tuple(tombstone.hex() for tombstone in _tombstones(end)),
    )


ENDS = (
    (day(10), 1, 4),
    (day(11), 2, 3),
    (day(12), 3, 2),
    (day(15), 1, 2),  # The tick was known, but not what came before it.
    (day(15), 3, 2),
    (day(20), 4, 1),
)
"""An end, how many events were taken before it, and how many have come since."""


@pytest.mark.parametrize(("end", "taken", "since"), ENDS)
def test_what_was_taken_follows_from_the_end(
    load: Load, end: datetime, taken: int, since: int
) -> None:
    """And if several numbers are possible, from what was written."""
    found = lives(load, outcome(load, end, taken))

    assert found.troubles == []
    assert found.load.events == {NAME: since, "bert": 1}
    theirs = [each for each in load.received if each.message["userId"] == NAME]
    expected = run_policy(theirs[:taken], until=max(day(10), day((1, 11, 12, 18)[taken - 1])))
    assert found.transitions == expected.transitions


def test_an_end_at_which_nothing_happened_is_reported(load: Load) -> None:
    found = lives(load, outcome(load, day(13), 3))
    assert found.troubles == [f"{NAME}: nothing happened at {day(13)}, the end of a life"]


def test_who_never_came_back_is_nobody(load: Load) -> None:
    silent = replace(load, received=load.received[:5], events={NAME: 4, "bert": 1})
    assert lives(silent, outcome(silent, day(20), 4)).load.events == {"bert": 1}


def test_all_is_well_if_each_request_has_its_answer_and_its_tombstone(load: Load) -> None:
    found = outcome(load, day(11), 2)
    assert compare_erasures(found, load, lives(load, found)) == []


def test_an_erasure_that_is_not_done_is_reported(load: Load) -> None:
    found = outcome(load, day(11), 2)._replace(erasures=[], tombstones={})
    received = compare_erasures(found, load, lives(load, found))
    assert received == ["erasures: missing: era-anna done (x1)", "tombstones: missing: anna (x1)"]


def test_an_answer_that_comes_twice_is_reported(load: Load) -> None:
    found = outcome(load, day(11), 2)
    found = found._replace(erasures=found.erasures * 2)
    received = compare_erasures(found, load, lives(load, found))
    assert received == ["erasures: too many: era-anna done (x1)"]


def test_a_tombstone_that_reaches_less_far_than_the_answer_is_reported(load: Load) -> None:
    found = outcome(load, day(11), 2)._replace(tombstones=_tombstones(day(10)))
    received = compare_erasures(found, load, lives(load, found))
    assert [each.partition(":")[0] for each in received] == [NAME, NAME]


def test_an_erasure_up_to_before_it_was_asked_for_is_reported(load: Load) -> None:
    found = outcome(load, day(9), 1)
    received = compare_erasures(found, load, lives(load, found))
    assert any("asked for" in each for each in received)
