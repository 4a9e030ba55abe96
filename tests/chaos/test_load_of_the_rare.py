"""What the load has of the rare: strays, ticks that lie, imports, and a till's many orders."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import chain, pairwise

import pytest

from schemas import topics
from schemas.dead_letter import DeadLetterReason
from schemas.messages.record_headers import QUIET_HEADER
from tests.chaos.customer import consistent
from tests.chaos.lives import time_of
from tests.chaos.load import Load, Sent, Step, Tick
from tests.chaos.synthetic import LIES, WALK_INS, synthetic
from tests.chaos.test_load import whose

ROUNDS = 6


@pytest.fixture(scope="module")
def load() -> Load:
    return synthetic(7, ROUNDS, customers=200, partitions=4)


def test_strays_are_where_librdkafka_puts_their_key(load: Load) -> None:
    """Also before ticks in the midst of a round, which are not to overtake them."""
    sent = [each for each in load.sent if each.partition is not None]
    alone = [each for each in sent if whose(load, json.loads(each.value)) not in load.joined]

    assert consistent(b"123456789", 2**32) == 0xCBF43926  # the check value of CRC-32
    assert {each.partition == consistent(each.key, 4) for each in alone} == {True}
    assert {each.strays for each in alone} == {True, False}
    assert any(stray_before_a_tick(steps) for steps in load.rounds)


def stray_before_a_tick(steps: list[Step]) -> bool:
    """True if a record strays right before a tick that is not the last of its round."""
    strays = [isinstance(each, Sent) and each.strays for each in steps]
    ticks = [place for place, each in enumerate(steps[:-1]) if isinstance(each, Tick)]
    return any(any(strays[place - 10 : place]) for place in ticks)


def test_some_ticks_lie_each_in_words_of_its_own(load: Load) -> None:
    lies = [each.value for each in load.sent if each.topic == topics.CLOCK]

    assert len(lies) == len({*lies}) == LIES * 3 * ROUNDS
    assert Counter(load.garbage[each] for each in lies).keys() == {
        DeadLetterReason.TIME_IN_FUTURE,
        DeadLetterReason.NOT_JSON,
        DeadLetterReason.INVALID_FIELD,
    }


def test_some_are_imported_quietly_in_order_and_before_the_last_round(load: Load) -> None:
    """Those that no tick cuts come whole at the beginning of a round; some of them go on."""
    went_on = set[str]()
    for name in load.imported:
        parts = [number for number, quiet in sent_by_part(load, name) if quiet]
        later = [number for number, quiet in sent_by_part(load, name) if not quiet]
        theirs = [each for each in load.received if each.message["userId"] == name]
        times = [time_of(each) for each in theirs if each.quiet]
        assert times == sorted(times)
        assert len({*parts}) > 1 if name in load.cut else {*parts} == {parts[0]}
        assert 3 <= parts[0] <= parts[-1] < 3 * (ROUNDS - 1)
        if name not in load.cut:
            assert parts[0] % 3 == 0
        if later:
            went_on.add(name)
            assert later[0] // 3 >= parts[0] // 3 + 2
    assert len(load.cut) > 2
    assert len(load.imported - load.cut) > 2
    assert went_on
    assert not went_on & load.cut
    assert not load.imported & (load.erased.keys() | load.answering)


def sent_by_part(load: Load, name: str) -> Iterator[tuple[int, bool]]:
    """For each record of a customer how many ticks came before it, and whether it is quiet."""
    ticks = 0
    for each in chain.from_iterable(load.rounds):
        if isinstance(each, Tick):
            ticks += 1
        elif isinstance(each, Sent) and f'"{name}"'.encode() in each.value:
            yield ticks, QUIET_HEADER in each.headers


def test_nothing_is_sent_of_those_who_are_imported(load: Load) -> None:
    """But some would be, if it were not quiet; and of those who go on some is."""
    verdict = load.verdict()
    silent = [each for each in verdict.triggers if not each.sent]

    assert len(silent) > 20
    assert {each.customer for each in silent} <= load.imported
    assert not any(each.sent for each in verdict.triggers if each.customer in load.cut)


def test_one_id_has_very_many_orders_in_both_directions(load: Load) -> None:
    """The oracle says how they end, and nothing of the way there."""
    [name] = load.large
    theirs = [time_of(each) for each in load.received if each.message["userId"] == name]
    back = sum(one > other for one, other in pairwise(theirs))
    end = load.verdict().customers[name]

    assert len(theirs) == load.events[name] == end.events == WALK_INS
    assert 0.4 * WALK_INS < back < 0.6 * WALK_INS
    assert end.orders == end.totals.orders_total == WALK_INS > end.totals.orders_in_window
    assert (end.transitions, end.triggers) == ((), ())
