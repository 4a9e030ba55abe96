"""One customer, from settlement to settlement."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from tests.oracle.decide import Fired, Memory, decide
from tests.oracle.figures import Figures
from tests.oracle.history import History, edits_in, history_of, orders_in, price
from tests.oracle.instant import Instant, datetime_of, instant_of
from tests.oracle.instants import of_history, of_memory
from tests.oracle.local_time import not_before
from tests.oracle.names import trigger_name
from tests.oracle.policy import Json, Policy
from tests.oracle.processed import ProcessedMessage
from tests.oracle.release import is_expired, release
from tests.oracle.settlement import Settlement, changes_between
from tests.oracle.silence import HALF_KNOWN, LOUD, Silence, of_clock, of_old_event
from tests.oracle.verdict import DIMENSIONS, Outcome, Totals, Transition, Trigger

END_OF_TIME: Final = instant_of(datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True)
class ReceivedMessage:
    """A message, and the customer's present when it was processed, if that was later.

    `noticed` is the worker's time then, if it was not when it happened; nothing that hangs on a
    `quiet` one is to be sent.
    """

    message: Json
    processed_at: datetime | None = None
    noticed: datetime | None = None
    quiet: bool = False


@dataclass
class Life:
    """All messages of a customer so far, and what came of them."""

    customer: str
    policy: Policy
    processed: list[ProcessedMessage] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    present: Instant | None = None
    history: History = field(init=False)
    figures: Figures = field(init=False)
    staged: tuple[Instant, str] | None = None
    memory: Memory = field(default_factory=Memory)
    answerable: set[str] = field(default_factory=set)
    settles_at: Instant | None = None
    in_doubt_until: Instant | None = None
    transitions: list[Transition] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    unsent: list[Fired] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.history = history_of((), self.policy)
        self.figures = Figures(self.history, 0, self.policy)

    def process(self, received: ReceivedMessage) -> None:
        """Process a message; the same id counts once."""
        name = received.message.get("messageId")
        if name is not None and str(name) in self.ids:
            return
        if name is not None:
            self.ids.add(str(name))
        each = ProcessedMessage(received.message, self._answers(received.message))
        now = each.at if received.noticed is None else instant_of(received.noticed)
        is_old = received.quiet or self.policy.is_old(each.at, now)
        at = each.at  # and no later for a newcomer, who has no present yet
        if self.present is not None:
            if received.processed_at is not None:
                self.wait_until(instant_of(received.processed_at))
            self._walk(at, now, in_doubt=self.settles_at is not None and not is_old)
            at = max(at, self.present)
        known = tuple(self.processed)
        self.processed.append(each)
        self.history = history_of(self.processed, self.policy)
        self.present = at
        silence = LOUD if self.settles_at is None else HALF_KNOWN
        if is_old:
            silence = of_old_event(each.at, is_late=each.at < at, is_quiet=received.quiet)
            self.settles_at = max(now + self.policy.settles_after, self.settles_at or 0)
            if each.at < at or received.quiet:
                self.in_doubt_until = self._doubt_ends(now, is_quiet=received.quiet)
        self._settle(each, known, silence)

    def wait_until(self, instant: Instant) -> None:
        """Let the clock go on, unless it waits for the rest of an old history."""
        if self.settles_at is not None:
            if instant < self.settles_at:
                return
            self.settles_at = None
        self._walk(instant, instant, in_doubt=False)

    def jump_to(self, instant: Instant) -> None:
        """Be at an instant, without any way to it."""
        self.history, self.present = history_of(self.processed, self.policy), instant
        self.figures = Figures(self.history, instant, self.policy)

    def release(self, rule: str, attempt: int, now: Instant) -> str:
        """Release what was not sent; empty if it goes out now, else why not."""
        [unsent] = [
            each
            for each in self.unsent
            if (each.occasion.rule.name, each.attempt) == (rule, attempt)
        ]
        assert self.present is not None
        figures = Figures(self.history, self.present, self.policy)
        settlement = Settlement(
            self.present, None, tuple(self.processed), figures, figures, (), self.staged
        )
        if self.settles_at is not None and not is_expired(unsent, settlement, now):
            return "history"
        return release(self.memory, unsent, settlement, now)

    def _walk(self, instant: Instant, now: Instant, *, in_doubt: bool) -> None:
        assert self.present is not None
        due = of_history(self.history, self.policy, self.present, instant)
        while self.present < instant:
            self.present = at = min(self._next(due, instant))
            doubtful = in_doubt or (self.in_doubt_until is not None and at <= self.in_doubt_until)
            old = self.policy.is_old(at, now)
            self._settle(None, self.processed, of_clock(is_old=old, is_doubtful=doubtful))

    def _next(self, due: list[Instant], instant: Instant) -> Iterator[Instant]:
        assert self.present is not None
        while due and due[0] <= self.present:
            del due[0]
        yield from due[:1]
        for each in of_memory(self.memory, self.staged, self.policy):
            if self.present < each <= instant:
                yield each

    def _doubt_ends(self, now: Instant, *, is_quiet: bool) -> Instant:
        """A quiet import silences what is due before the machine's time: in a replay all of it."""
        return END_OF_TIME if is_quiet and self.policy.sends_everything else now

    def _answers(self, message: Json) -> bool:
        """True if somebody has acted on a trigger of the customer's that a case set off."""
        delivered = message.get("event") == "Retention Action Delivered"
        return delivered and message["properties"]["trigger_id"] in self.answerable

    def _settle(
        self, event: ProcessedMessage | None, known: Iterable[ProcessedMessage], silence: Silence
    ) -> None:
        assert self.present is not None
        at, before = self.present, self.figures
        self.figures = Figures(self.history, at, self.policy)
        changes = changes_between(before, self.figures)
        for each in changes:
            if each.dimension == "stage":
                self.staged = at, each.after
        settlement = Settlement(
            at, event, tuple(known), before, self.figures, changes, self.staged, silence
        )
        self._note_changes(settlement)
        for fired in decide(self.memory, settlement):
            self._note(fired)

    def _note_changes(self, settlement: Settlement) -> None:
        name = None if settlement.event is None else settlement.event.message.get("messageId")
        for each in settlement.changes:
            self.transitions.append(
                Transition(
                    customer=self.customer,
                    dimension=each.dimension,
                    before=each.before,
                    after=each.after,
                    at=datetime_of(settlement.at),
                    cause=settlement.cause,
                    message_id=name,
                    sequence=len(self.transitions) + 1,
                )
            )

    def _note(self, fired: Fired) -> None:
        rule, case = fired.occasion.rule, fired.occasion.case
        if not fired.sent:
            self.unsent.append(fired)
        if case.opens_with_care:
            self.answerable.add(trigger_name(rule.name, fired.attempt))
        self.triggers.append(
            Trigger(
                customer=self.customer,
                rule=rule.name,
                kind=case.action["kind"],
                template=case.action.get("template"),
                priority=fired.priority,
                at=datetime_of(fired.at),
                not_before=not_before(self.history, self.policy, fired.at),
                attempt=fired.attempt,
                since=datetime_of(fired.occasion.at),
                fit=float(self.figures.fit),
                sent=fired.sent,
                unsent_because=fired.unsent_because,
            )
        )

    def outcome(self) -> Outcome:
        """What came of it."""
        priced, edits = orders_in(self.processed, self.policy), edits_in(self.processed)
        orders = [
            price(each, edits.get(name, ()), self.policy).total for name, each in priced.items()
        ]
        return Outcome(
            dimensions={name: getattr(self.figures, name) for name in DIMENSIONS},
            totals=self._totals(),
            traits=self.history.traits,
            suppressed=self.history.suppressed,
            held={name: datetime_of(each.at) for name, each in self.memory.held.items()},
            transitions=tuple(self.transitions),
            triggers=tuple(self.triggers),
            events=len(self.processed),
            orders=len(orders),
            revenue_cents=sum(orders),
        )

    def _totals(self) -> Totals:
        now, last = self.figures, self.history.last_order_at
        return Totals(
            last_order_at=None if last is None else datetime_of(last),
            orders_in_window=now.orders_in_window,
            revenue_in_window=now.revenue_in_window,
            orders_total=now.orders_total,
            recency_score=now.recency_score,
            frequency_score=now.frequency_score,
            monetary_score=now.monetary_score,
            unanswered=now.unanswered,
        )
