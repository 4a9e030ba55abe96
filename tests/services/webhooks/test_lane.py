"""A lane, driven through any history: order, bounds, and nothing lost or doubled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.webhooks.outcome import Delivered, Ending, Failed, Forgotten, Gone
from services.webhooks.partition_queue import (
    AT_ONCE,
    GIVE_UP_AFTER,
    MOST_OPEN,
    Open,
    PartitionQueue,
    Verdict,
    next_due,
    ready,
    room,
    settled,
    took,
    without,
)
from services.webhooks.progress import QueueProgress, progress_of, queue_of
from services.webhooks.topics import encoded

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CUSTOMERS = "abcdefghijklmnop"
OUTCOMES = st.one_of(
    st.just(Delivered(200)),
    st.builds(Failed, st.just("status 500"), st.just(500), st.none() | st.floats(0, 1e6)),
    st.just(Gone()),
    st.just(Forgotten()),
)
CHANCES = st.floats(0, 1)


class LaneMachine(RuleBasedStateMachine):
    """Reads, sends, fails, waits and crashes, in any order."""

    @initialize()
    def begin(self) -> None:
        self.queue = PartitionQueue(0)
        self.stored = self.queue
        self.now = NOW
        self.customers: list[str] = []
        self.busy: dict[int, str] = {}
        self.ended: set[int] = set()
        self.done: list[int] = []
        self.leaving: set[int] = set()
        self.erased: set[int] = set()

    @rule(customers=st.lists(st.sampled_from(CUSTOMERS), max_size=60))
    def read(self, customers: list[str]) -> None:
        some = customers[: room(self.queue, self.busy)]
        first = self.queue.position
        assert first <= len(self.customers)
        self.customers[first:] = some
        new = [Open(first + at, who) for at, who in enumerate(some)]
        self.queue = took(self.queue, new, first + len(some))

    @rule()
    def start(self) -> None:
        for one in ready(self.queue, self.busy, self.now):
            assert one.customer_id not in self.busy.values()
            assert one.due_at is None or one.due_at <= self.now
            older = [at for at in self.queue.open if at < one.offset]
            assert all(self.customers[at] != one.customer_id for at in older)
            self.busy[one.offset] = one.customer_id

    @precondition(lambda self: self.busy.keys() - self.ended)
    @rule(data=st.data(), outcome=OUTCOMES, chance=CHANCES)
    def end_one(self, data: st.DataObject, outcome: Ending, chance: float) -> None:
        offset = data.draw(st.sampled_from(sorted(self.busy.keys() - self.ended)))
        self.queue, verdict, _ = settled(self.queue, offset, outcome, self.now, chance)
        self.ended.add(offset)
        assert (offset in self.queue.open) == (verdict in {Verdict.RETRIED, Verdict.GONE})

    @rule(who=st.sampled_from(CUSTOMERS))
    def erase(self, who: str) -> None:
        """What waits goes at once, what is under way when it has ended."""
        waiting = self.queue.open.keys() - self.busy.keys()
        gone = {at for at in waiting if self.customers[at] == who}
        self.queue = without(self.queue, gone)
        self.leaving |= gone

    @rule()
    def commit(self) -> None:
        """Only now the places of what has ended are free."""
        self.stored = self.queue
        for offset in self.ended:
            del self.busy[offset]
        self.done += sorted(self.ended - self.queue.open.keys())
        self.ended = set()
        self.erased |= self.leaving
        self.leaving = set()

    @rule(seconds=st.floats(0, 7200))
    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def crash(self) -> None:
        """What was under way is open again, and what was read since the last commit unread."""
        progress = QueueProgress.model_validate_json(encoded(progress_of(self.stored)))
        self.queue = queue_of(progress, dict(enumerate(self.customers)))
        self.busy, self.ended, self.leaving = {}, set(), set()

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        read = set(range(self.queue.position))
        erased = self.erased | self.leaving
        assert set(self.done) | self.ended | erased | self.queue.open.keys() == read
        assert len(self.done) == len(set(self.done))
        assert not (set(self.done) | erased) & self.queue.open.keys()

    @invariant()
    def the_order_of_each_customer_is_kept(self) -> None:
        for who in CUSTOMERS:
            own = [at for at in self.done if self.customers[at] == who]
            assert own == sorted(own)

    @invariant()
    def it_is_bounded(self) -> None:
        assert len(self.queue.open.keys() | self.busy.keys()) <= MOST_OPEN
        assert len(self.busy) <= AT_ONCE

    @invariant()
    def it_never_waits_for_nothing(self) -> None:
        """When something is due that may start, the lane knows when."""
        if self.queue.open and not self.busy:
            due = next_due(self.queue, self.busy, self.now)
            assert due is not None
            assert ready(self.queue, self.busy, due)


TestLaneInAnyHistory = LaneMachine.TestCase


def queue(*customers: str) -> PartitionQueue:
    return took(
        PartitionQueue(0), [Open(at, who) for at, who in enumerate(customers)], len(customers)
    )


def offsets(found: Sequence[Open]) -> list[int]:
    return [one.offset for one in found]


def test_the_next_of_a_customer_waits_for_the_one_before_and_others_go_on() -> None:
    before = queue("a", "a", "b")
    assert offsets(ready(before, {}, NOW)) == [0, 2]

    failed, verdict, _ = settled(before, 0, Failed("status 500"), NOW, 1.0)

    assert verdict is Verdict.RETRIED
    assert offsets(ready(failed, {}, NOW)) == [2]
    assert offsets(ready(failed, {}, NOW + timedelta(seconds=5))) == [2, 0]


def test_what_has_never_failed_goes_before_what_has() -> None:
    """So that triggers which an endpoint does not like keep no place from the others."""
    failing = queue(*(f"c-{number}" for number in range(10)))
    for offset in range(8):
        failing, _, _ = settled(failing, offset, Failed("timeout"), NOW, 0.0)

    assert offsets(ready(failing, {}, NOW))[:2] == [8, 9]


def test_a_full_lane_has_no_room() -> None:
    assert room(queue(*map(str, range(MOST_OPEN - 3))), {}) == 3
    assert room(queue(*map(str, range(MOST_OPEN))), {}) == 0
    assert room(queue(*map(str, range(MOST_OPEN - 1))), {MOST_OPEN: "ended, not stored"}) == 0


@given(chance=CHANCES)
def test_it_is_tried_for_a_day_and_then_given_up(chance: float) -> None:
    now, here, verdict = NOW, queue("a", "a"), Verdict.RETRIED
    while verdict is Verdict.RETRIED:
        here, verdict, after = settled(here, 0, Failed("timeout"), now, chance)
        assert after.due_at is not None
        assert after.first_at == NOW
        assert (after.due_at - NOW > GIVE_UP_AFTER) == (verdict is Verdict.EXHAUSTED)
        now = max(after.due_at, now + timedelta(minutes=10))

    assert verdict is Verdict.EXHAUSTED
    assert offsets(ready(here, {}, now)) == [1]


def test_a_retry_after_holds_the_lane_back() -> None:
    told = Failed("status 429", 429, retry_after_s=600)
    here, _, after = settled(queue("a", "b"), 0, told, NOW, 0.0)

    assert after.due_at == NOW + timedelta(seconds=600)
    assert ready(here, {}, NOW + timedelta(seconds=599)) == ()
    assert next_due(here, {}, NOW) == NOW + timedelta(seconds=600)
    assert offsets(ready(here, {}, NOW + timedelta(seconds=600))) == [1, 0]


def test_a_retry_after_is_bounded() -> None:
    told = Failed("status 503", 503, retry_after_s=1e9)
    here, verdict, _ = settled(queue("a"), 0, told, NOW, 0.0)

    assert verdict is Verdict.RETRIED
    assert here.rest_until == NOW + timedelta(hours=6)


def test_after_410_it_begins_anew() -> None:
    """The day begins when somebody has switched the subscription on again."""
    failed = replace(Open(0, "a"), attempts=7, first_at=NOW - timedelta(hours=23))
    here, verdict, _ = settled(took(PartitionQueue(0), [failed], 1), 0, Gone(), NOW, 1.0)

    assert verdict is Verdict.GONE
    assert here.open == {0: Open(0, "a")}


def test_what_is_stored_names_nobody() -> None:
    assert b"c-42" not in encoded(progress_of(queue("c-42")))
    assert "c-42" not in repr(queue("c-42"))
