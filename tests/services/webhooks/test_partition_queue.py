"""A partition queue in any history: order, bounds, and no trigger lost or doubled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.webhooks.outcome import AttemptOutcome, CustomerErased, Delivered, Failed, Gone
from services.webhooks.partition_queue import (
    GIVE_UP_AFTER,
    MAX_IN_FLIGHT,
    MAX_OPEN,
    AttemptResult,
    OpenTrigger,
    PartitionQueue,
    after_attempt,
    next_due,
    read_on,
    ready,
    room,
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
    st.just(CustomerErased()),
)
CHANCES = st.floats(0, 1)


class QueueMachine(RuleBasedStateMachine):
    """Reads, sends, fails, waits and crashes, in any order."""

    @initialize()
    def begin(self) -> None:
        self.queue = PartitionQueue(0)
        self.stored = self.queue
        self.now = NOW
        self.customers: list[str] = []
        self.in_flight: dict[int, str] = {}
        self.ended: set[int] = set()
        self.done: list[int] = []
        self.leaving: set[int] = set()
        self.erased: set[int] = set()

    @rule(customers=st.lists(st.sampled_from(CUSTOMERS), max_size=60))
    def read(self, customers: list[str]) -> None:
        some = customers[: room(self.queue, self.in_flight)]
        first = self.queue.position
        assert first <= len(self.customers)
        self.customers[first:] = some
        new = [OpenTrigger(first + at, who) for at, who in enumerate(some)]
        self.queue = read_on(self.queue, new, first + len(some))

    @rule()
    def start(self) -> None:
        for one in ready(self.queue, self.in_flight, self.now):
            assert one.customer_id not in self.in_flight.values()
            assert one.due_at is None or one.due_at <= self.now
            older = [at for at in self.queue.open if at < one.offset]
            assert all(self.customers[at] != one.customer_id for at in older)
            self.in_flight[one.offset] = one.customer_id

    @precondition(lambda self: self.in_flight.keys() - self.ended)
    @rule(data=st.data(), outcome=OUTCOMES, chance=CHANCES)
    def end_attempt(self, data: st.DataObject, outcome: AttemptOutcome, chance: float) -> None:
        offset = data.draw(st.sampled_from(sorted(self.in_flight.keys() - self.ended)))
        self.queue, result, _ = after_attempt(self.queue, offset, outcome, self.now, chance)
        self.ended.add(offset)
        assert (offset in self.queue.open) == (
            result in {AttemptResult.RETRIED, AttemptResult.GONE}
        )

    @rule(who=st.sampled_from(CUSTOMERS))
    def erase(self, who: str) -> None:
        """Waiting triggers are removed at once, those in flight when they have ended."""
        unsent = self.queue.open.keys() - self.in_flight.keys()
        gone = {at for at in unsent if self.customers[at] == who}
        self.queue = without(self.queue, gone)
        self.leaving |= gone

    @rule()
    def commit(self) -> None:
        """Only now are the places of ended deliveries free."""
        self.stored = self.queue
        for offset in self.ended:
            del self.in_flight[offset]
        self.done += sorted(self.ended - self.queue.open.keys())
        self.ended = set()
        self.erased |= self.leaving
        self.leaving = set()

    @rule(seconds=st.floats(0, 7200))
    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def crash(self) -> None:
        """Triggers in flight are open again, and those read since the last commit are unread."""
        progress = QueueProgress.model_validate_json(encoded(progress_of(self.stored)))
        self.queue = queue_of(progress, dict(enumerate(self.customers)))
        self.in_flight, self.ended, self.leaving = {}, set(), set()

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
        assert len(self.queue.open.keys() | self.in_flight.keys()) <= MAX_OPEN
        assert len(self.in_flight) <= MAX_IN_FLIGHT

    @invariant()
    def it_knows_when_the_next_trigger_is_due(self) -> None:
        if self.queue.open and not self.in_flight:
            due = next_due(self.queue, self.in_flight, self.now)
            assert due is not None
            assert ready(self.queue, self.in_flight, due)


TestQueueInAnyHistory = QueueMachine.TestCase


def queue(*customers: str) -> PartitionQueue:
    return read_on(
        PartitionQueue(0),
        [OpenTrigger(at, who) for at, who in enumerate(customers)],
        len(customers),
    )


def offsets(found: Sequence[OpenTrigger]) -> list[int]:
    return [one.offset for one in found]


def test_the_next_of_a_customer_waits_for_the_one_before_and_others_go_on() -> None:
    before = queue("a", "a", "b")
    assert offsets(ready(before, {}, NOW)) == [0, 2]

    failed, result, _ = after_attempt(before, 0, Failed("status 500"), NOW, 1.0)

    assert result is AttemptResult.RETRIED
    assert offsets(ready(failed, {}, NOW)) == [2]
    assert offsets(ready(failed, {}, NOW + timedelta(seconds=5))) == [2, 0]


def test_triggers_that_never_failed_come_first() -> None:
    """So triggers that an endpoint refuses don't delay the others."""
    failing = queue(*(f"c-{number}" for number in range(10)))
    for offset in range(8):
        failing, _, _ = after_attempt(failing, offset, Failed("timeout"), NOW, 0.0)

    assert offsets(ready(failing, {}, NOW))[:2] == [8, 9]


def test_a_full_queue_has_no_room() -> None:
    assert room(queue(*map(str, range(MAX_OPEN - 3))), {}) == 3
    assert room(queue(*map(str, range(MAX_OPEN))), {}) == 0
    assert room(queue(*map(str, range(MAX_OPEN - 1))), {MAX_OPEN: "ended, not stored"}) == 0


@given(chance=CHANCES)
def test_a_trigger_is_tried_for_a_day_and_then_exhausted(chance: float) -> None:
    now, here, result = NOW, queue("a", "a"), AttemptResult.RETRIED
    while result is AttemptResult.RETRIED:
        here, result, after = after_attempt(here, 0, Failed("timeout"), now, chance)
        assert after.due_at is not None
        assert after.first_at == NOW
        assert (after.due_at - NOW > GIVE_UP_AFTER) == (result is AttemptResult.EXHAUSTED)
        now = max(after.due_at, now + timedelta(minutes=10))

    assert result is AttemptResult.EXHAUSTED
    assert offsets(ready(here, {}, now)) == [1]


def test_a_retry_after_pauses_the_queue() -> None:
    paused = Failed("status 429", 429, retry_after_s=600)
    here, _, after = after_attempt(queue("a", "b"), 0, paused, NOW, 0.0)

    assert after.due_at == NOW + timedelta(seconds=600)
    assert ready(here, {}, NOW + timedelta(seconds=599)) == ()
    assert next_due(here, {}, NOW) == NOW + timedelta(seconds=600)
    assert offsets(ready(here, {}, NOW + timedelta(seconds=600))) == [1, 0]


def test_a_retry_after_is_bounded() -> None:
    paused = Failed("status 503", 503, retry_after_s=1e9)
    here, result, _ = after_attempt(queue("a"), 0, paused, NOW, 0.0)

    assert result is AttemptResult.RETRIED
    assert here.rest_until == NOW + timedelta(hours=6)


def test_after_410_the_attempts_begin_anew() -> None:
    """The day begins when somebody switches the subscription on again."""
    failed = replace(OpenTrigger(0, "a"), attempts=7, first_at=NOW - timedelta(hours=23))
    here, result, _ = after_attempt(read_on(PartitionQueue(0), [failed], 1), 0, Gone(), NOW, 1.0)

    assert result is AttemptResult.GONE
    assert here.open == {0: OpenTrigger(0, "a")}


def test_the_stored_progress_names_no_customer() -> None:
    assert b"c-42" not in encoded(progress_of(queue("c-42")))
    assert "c-42" not in repr(queue("c-42"))
