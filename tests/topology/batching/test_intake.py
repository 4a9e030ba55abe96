"""The queue of a partition: even if fetches are lost, records come out once and in order."""

import pytest
from aiokafka import ConsumerRecord
from faust.types import TP
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from topology.batching.fetch import Fetch
from topology.batching.intake import Intake

SHOP, SOCIAL = TP("shop", 0), TP("social", 0)


class Signals:
    """Records the calls of `on_full` and `on_drained`, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, TP]] = []

    def on_full(self, tp: TP) -> None:
        self.calls.append(("full", tp))

    def on_drained(self, tp: TP) -> None:
        self.calls.append(("drained", tp))


def record(tp: TP, offset: int) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord(tp.topic, tp.partition, offset, 0, 0, b"", b"", None, 0, 0, ())


def fetch(tp: TP, start: int, end: int, *, epoch: int = 1, holes: int = 0) -> Fetch:
    """A fetch from `start` to `end` whose last `holes` offsets have no record."""
    return Fetch(tp, epoch, start, end, [record(tp, n) for n in range(start, end - holes)])


@pytest.fixture
def signals() -> Signals:
    return Signals()


@pytest.fixture
def intake(signals: Signals) -> Intake:
    """An intake with a high water of ten, at the beginning of both topics."""
    made = Intake(10, signals.on_full, signals.on_drained)
    made.restart({SHOP: 0, SOCIAL: 0}, {SHOP: 1, SOCIAL: 1})
    return made


def offsets(intake: Intake, limit: int = 1_000) -> list[int]:
    return [one.offset for one in intake.take(limit).records]


def test_records_come_out_in_the_order_of_their_arrival(intake: Intake) -> None:
    """Fetches of several topics are joined into one batch."""
    for one in (fetch(SHOP, 0, 2), fetch(SOCIAL, 0, 1), fetch(SHOP, 2, 3)):
        assert intake.offer(one)
    taken = intake.take(100)
    assert [(one.topic, one.offset) for one in taken.records] == [
        ("shop", 0),
        ("shop", 1),
        ("social", 0),
        ("shop", 2),
    ]
    assert taken.positions == intake.positions == {SHOP: 3, SOCIAL: 1}
    assert not intake


def test_a_fetch_after_a_gap_is_refused_until_the_missing_one_has_arrived(
    intake: Intake,
) -> None:
    """The intake refuses each fetch after the gap."""
    assert intake.offer(fetch(SHOP, 0, 3))
    assert not intake.offer(fetch(SHOP, 5, 8))
    assert not intake.offer(fetch(SHOP, 8, 9))
    assert intake.received(SHOP) == 3
    intake.expect(SHOP, 2)
    assert intake.offer(fetch(SHOP, 3, 8, epoch=2))
    assert offsets(intake) == list(range(8))


def test_a_fetch_that_begins_too_early_is_refused(intake: Intake) -> None:
    """Else records would come out twice."""
    assert intake.offer(fetch(SHOP, 0, 3))
    assert not intake.offer(fetch(SHOP, 0, 5))
    assert not intake.offer(fetch(SHOP, 2, 4))
    assert offsets(intake) == [0, 1, 2]


def test_a_fetch_from_before_a_seek_is_dropped_and_not_refused(intake: Intake) -> None:
    """A refusal would cause one more seek."""
    intake.expect(SHOP, 2)
    assert intake.offer(fetch(SHOP, 0, 3, epoch=1))
    assert intake.offer(fetch(SHOP, 7, 9, epoch=1))
    assert intake.received(SHOP) == 0
    assert offsets(intake) == []
    assert intake.offer(fetch(SOCIAL, 0, 1)), "the other topic's epoch stayed"
    assert offsets(intake) == [0]


def test_a_fetch_of_an_unknown_topic_is_dropped(intake: Intake) -> None:
    """It may be from an earlier assignment."""
    assert intake.offer(fetch(TP("other", 0), 0, 3))
    assert not intake


def test_a_large_fetch_is_taken_in_parts(intake: Intake) -> None:
    """The positions are exact after each part, also after a hole at the end."""
    intake.offer(fetch(SHOP, 0, 8, holes=2))
    assert offsets(intake, 4) == [0, 1, 2, 3]
    assert intake.positions[SHOP] == 4
    assert len(intake) == 2
    assert offsets(intake, 4) == [4, 5]
    assert intake.positions[SHOP] == 8


def test_a_part_ends_after_its_last_record_and_not_at_a_hole(intake: Intake) -> None:
    """A restart at this position fetches the rest."""
    intake.offer(Fetch(SHOP, 1, 0, 100, [record(SHOP, n) for n in (3, 40, 77)]))
    assert offsets(intake, 2) == [3, 40]
    assert intake.positions[SHOP] == 41
    assert offsets(intake, 2) == [77]
    assert intake.positions[SHOP] == 100


def test_a_fetch_without_records_moves_the_position(intake: Intake) -> None:
    """Transaction markers do so, and an instant may wait for that position."""
    assert intake.offer(fetch(SHOP, 0, 4, holes=4))
    assert intake
    assert len(intake) == 0
    assert intake.take(10).positions == {SHOP: 4}


def test_a_restart_drops_queued_records(intake: Intake) -> None:
    """The intake continues at the given positions, with the given epochs."""
    intake.offer(fetch(SHOP, 0, 9))
    intake.take(2)
    intake.restart({SHOP: 2, SOCIAL: 0}, {SHOP: 2, SOCIAL: 2})
    assert not intake
    assert len(intake) == 0
    assert intake.offer(fetch(SHOP, 9, 12, epoch=1))
    assert intake.offer(fetch(SHOP, 2, 4, epoch=2))
    assert offsets(intake) == [2, 3]


def test_fullness_is_reported_once_and_so_is_room(intake: Intake, signals: Signals) -> None:
    """Full above the high water, drained at half of it. Each full topic has its own call."""
    intake.offer(fetch(SHOP, 0, 10))
    assert signals.calls == []
    intake.offer(fetch(SHOP, 10, 11))
    intake.offer(fetch(SHOP, 11, 15))
    assert signals.calls == [("full", SHOP)]
    intake.offer(fetch(SOCIAL, 0, 1))
    assert signals.calls == [("full", SHOP), ("full", SOCIAL)]
    intake.take(10)
    assert len(signals.calls) == 2
    intake.take(1)
    assert sorted(signals.calls[2:]) == [("drained", SHOP), ("drained", SOCIAL)]
    intake.take(100)
    assert len(signals.calls) == 4
    intake.offer(fetch(SHOP, 15, 26))
    assert signals.calls[4:] == [("full", SHOP)]


class IntakeMachine(RuleBasedStateMachine):
    """Logs with holes, a network that loses and delays fetches, and a consumer of the queue."""

    def __init__(self) -> None:
        super().__init__()
        self.signals = Signals()
        self.intake = Intake(12, self.signals.on_full, self.signals.on_drained)
        self.log: dict[TP, list[int]] = {}
        self.reached: dict[TP, int] = {}
        self.epochs: dict[TP, int] = {SHOP: 0, SOCIAL: 0}
        self.under_way: list[Fetch] = []
        self.taken: dict[TP, list[int]] = {SHOP: [], SOCIAL: []}

    tps = st.sampled_from([SHOP, SOCIAL])

    @initialize(log=st.lists(st.booleans(), min_size=30, max_size=60))
    def begin(self, log: list[bool]) -> None:
        """Offsets without a record are holes. The second log is the first one reversed."""
        for tp, there in ((SHOP, log), (SOCIAL, log[::-1])):
            self.log[tp] = [offset for offset, record in enumerate(there) if record]
            self.end = len(log)
        self.restart_at({SHOP: 0, SOCIAL: 0})

    def seek(self, tp: TP, offset: int) -> None:
        self.epochs[tp] += 1
        self.reached[tp] = offset

    def restart_at(self, places: dict[TP, int]) -> None:
        for tp, offset in places.items():
            self.seek(tp, offset)
        self.intake.restart(places, self.epochs)

    @rule(tp=tps, size=st.integers(1, 25))
    def fetch(self, tp: TP, size: int) -> None:
        start = self.reached[tp]
        end = min(start + size, self.end)
        if end > start:
            records = [record(tp, one) for one in self.log[tp] if start <= one < end]
            self.under_way.append(Fetch(tp, self.epochs[tp], start, end, records))
            self.reached[tp] = end

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def lose_a_fetch(self, data: st.DataObject) -> None:
        self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))

    @precondition(lambda self: self.under_way)
    @rule()
    def deliver(self) -> None:
        one = self.under_way.pop(0)
        if not self.intake.offer(one):
            self.seek(one.tp, self.intake.received(one.tp))
            self.intake.expect(one.tp, self.epochs[one.tp])

    @rule(limit=st.integers(1, 15), kept=st.integers(1, 15))
    def take(self, limit: int, kept: int = 15) -> None:
        """Take some records, and put back those after the deadline."""
        taken = self.intake.take(limit)
        assert len(taken.records) <= limit
        for one in taken.records[:kept]:
            self.taken[TP(one.topic, one.partition)].append(one.offset)
        rest = taken.records[kept:]
        positions = self.intake.put_back(rest)
        assert positions.keys() == {TP(one.topic, one.partition) for one in rest}
        assert positions.items() <= self.intake.positions.items()

    @rule()
    def rebalance(self) -> None:
        """Drop queued records and fetches in flight, and continue at the same positions."""
        self.restart_at(dict(self.intake.positions))

    @invariant()
    def records_come_out_once_and_in_order(self) -> None:
        for tp, log in self.log.items():
            until = self.intake.positions[tp]
            assert self.taken[tp] == [offset for offset in log if offset < until]

    @invariant()
    def no_topic_is_full_or_drained_twice_in_a_row(self) -> None:
        """A restart clears the full topics without a call: the partition resumes all of them."""
        full = set(self.intake._full)
        last = {tp: word for word, tp in self.signals.calls}
        assert all(last[tp] == "full" for tp in full)

    def teardown(self) -> None:
        """In the end all records arrive, and all of them come out."""
        if not self.log:
            return
        for tp in self.log:
            self.seek(tp, self.intake.received(tp))
            self.intake.expect(tp, self.epochs[tp])
            self.under_way = []
            self.fetch(tp, self.end)
            if self.under_way:
                self.deliver()
        while self.intake:
            self.take(10)
        assert self.taken == self.log
        assert len(self.intake) == 0
        assert not self.intake._full


IntakeMachine.TestCase.settings = settings(
    max_examples=80,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestIntakeMachine = IntakeMachine.TestCase
