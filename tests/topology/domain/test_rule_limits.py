"""Cooldowns, service recovery and the suppression list against a simple model of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given

from schemas.policy.model import Policy
from schemas.trigger import Trigger
from tests.topology.domain.histories import arrivals, bounded
from tests.topology.domain.life import BOOK, Life, decided, lived
from tests.topology.domain.messages import Json, event_from
from tests.topology.domain.policies import SEGMENTS
from topology.domain.history.instant import DAY, Instant, from_datetime, to_datetime
from topology.domain.history.memory import KEPT_HELD
from topology.domain.history.state import State
from topology.domain.policy.compile import compile_policy
from topology.domain.steps.wake import wake_at

A_MONTH = timedelta(days=30)
RULES = {rule.name: rule for rule in SEGMENTS.policy.rules}
A_HORIZON = 3 * 366 * DAY
SUPPRESSIONS = {"Customer Suppressed", "Customer Unsuppressed"}


def without_limits(policy: Policy) -> Policy:
    """The same rules, but nothing rests and nothing is held: every occasion fires."""
    content = policy.model_dump()
    for rule in content["rules"]:
        rule.update(cooldown=timedelta(0), promotional=False)
    return Policy.model_validate(content)


class Limits:
    """What the limits leave of the occasions, in the plainest words."""

    def __init__(self) -> None:
        self.cases: list[Json] = []
        self.resolutions: list[Json] = []
        self.suppressions: list[tuple[datetime, bool]] = []
        self.last: dict[str, datetime] = {}
        self.held_back: dict[str, Trigger] = {}
        self.fired: list[tuple[datetime, str]] = []
        self.held: list[tuple[str, datetime]] = []

    def process(self, message: Json) -> None:
        """Take a message into account."""
        if disappoints(message):
            self.cases.append(message)
        if message.get("event") == "Complaint Resolved":
            self.resolutions.append(message)
        if message.get("event") in SUPPRESSIONS:
            word = message["event"] == "Customer Suppressed"
            self.suppressions.append((time_of(message), word))

    def is_open(self, at: datetime) -> bool:
        """True if a case is open."""
        return any(
            time_of(each) <= at < time_of(each) + A_MONTH
            and not any(ends(by, each) for by in self.resolutions)
            for each in self.cases
        )

    def is_suppressed(self) -> bool:
        """True if the latest word says so; of two at one time the one that does counts."""
        return bool(self.suppressions) and max(self.suppressions)[1]

    def rests(self, rule: str, at: datetime) -> bool:
        """True within the cooldown."""
        return rule in self.last and at < self.last[rule] + RULES[rule].cooldown

    def limit(self, occasions: Iterable[Trigger], row: State) -> None:
        """Fire, hold or leave out each occasion of one settlement, and what waits."""
        at = to_datetime(row.as_of)
        fresh = {each.rule: each for each in occasions if not self.rests(each.rule, at)}
        if self.is_open(at) or self.is_suppressed():
            for rule in [rule for rule in fresh if RULES[rule].promotional]:
                self.held_back[rule] = fresh.pop(rule)
                self.held.append((rule, at))
        else:
            still = {rule: each for rule, each in self.held_back.items() if holds(each, row)}
            fresh = {rule: each for rule, each in still.items() if not self.rests(rule, at)} | fresh
            self.held_back = {}
        for rule, each in fresh.items():
            self.last[rule] = at
            self.fired.append((at, each.trigger_id))


def disappoints(message: Json) -> bool:
    """True if it opens a case."""
    properties = message.get("properties", {})
    match message.get("event"):
        case "Complaint Filed":
            return True
        case "Product Reviewed":
            return float(properties["rating"]) <= 2
        case "Survey Answered":
            return bool(properties["score"] <= (6 if properties["survey"] == "nps" else 2))
        case "Social Mentioned":
            return bool(properties.get("sentiment", 0) <= -0.5)
    return False


def holds(occasion: Trigger, row: State) -> bool:
    """True if what waits may still go out: the customer is still there, and so on."""
    transition = occasion.transition
    if occasion.rule == "second_purchase":
        return row.scores.orders_total <= 1
    if occasion.rule == "nurture" and row.scores.monetary > 2:
        return False
    return transition is not None and row.segment == transition.to_value


def time_of(message: Json) -> datetime:
    """When it happened."""
    return datetime.fromisoformat(message["timestamp"])


def ends(resolution: Json, opened: Json) -> bool:
    """True if a complaint was resolved by this: tickets must agree where both name one."""
    tickets = {each["properties"].get("ticket_id") for each in (resolution, opened)} - {None}
    return (
        opened["event"] == "Complaint Filed"
        and time_of(resolution) >= time_of(opened)
        and len(tickets) < 2
    )


FREE = compile_policy(without_limits(SEGMENTS.policy))


def walk(free: Life, until: Instant, limits: Limits) -> None:
    """Let the clock go from settlement to settlement."""
    while (due := wake_at(free.row, FREE)) is not None and due <= until:
        limits.limit(free.wait_until(due).triggers, free.row)


@bounded
@given(arrivals)
def test_limits_leave_what_a_simple_model_leaves(messages: list[Json]) -> None:
    """The same triggers fire at the same instants, and the same promotions are held and counted."""
    free, limits, seen = Life(FREE), Limits(), set()
    for message in messages:
        event = event_from(message)
        if message["messageId"] in seen:
            continue
        seen.add(message["messageId"])
        if free.state is not None:
            walk(free, event.at, limits)
        limits.process(message)
        limits.limit(free.process(event).triggers, free.row)
    walk(free, free.row.as_of + A_HORIZON, limits)

    life = lived(messages, free.row.as_of, SEGMENTS)
    fired = [(each.effective_at, each.trigger_id) for each in life.triggers]
    assert sorted(fired) == sorted(limits.fired)
    assert life.row.memory.held_count == len(limits.held)
    latest = [(each.rule, each.at) for each in life.row.memory.held]
    assert sorted(latest) == sorted(
        (rule, from_datetime(at)) for rule, at in limits.held[-KEPT_HELD:]
    )
    assert decided(life.transitions) == [
        each | {"policy_version": SEGMENTS.version} for each in decided(free.transitions)
    ]


@bounded
@given(arrivals)
def test_a_rule_fires_at_most_once_within_its_cooldown_and_counts(messages: list[Json]) -> None:
    """Each attempt is numbered, and a cooldown or more lies between any two."""
    life = lived(messages)
    life.wait_until(life.row.as_of + 400 * DAY)
    for rule in BOOK.rules:
        mine = [each for each in life.triggers if each.rule == rule.name]
        assert [each.attempt for each in mine] == list(range(1, len(mine) + 1))
        assert all(
            from_datetime(other.effective_at) - from_datetime(one.effective_at) >= rule.cooldown
            for one, other in pairwise(mine)
        )
        fired = life.row.memory.last_fired(rule.name)
        assert (fired and (fired.at, fired.times)) == (
            (from_datetime(mine[-1].effective_at), len(mine)) if mine else None
        )


@bounded
@given(arrivals)
def test_a_trigger_names_either_its_transition_or_its_event(messages: list[Json]) -> None:
    """Exactly one of both, and a transition is one that really was."""
    life = lived(messages)
    moves = {each.sequence: each for each in life.transitions}
    for each in life.triggers:
        assert (each.transition is None) != (each.event is None)
        if each.transition is not None:
            assert moves[each.transition.sequence] == each.transition
            assert each.transition.effective_at == each.effective_at
        assert each.expires_at > each.effective_at
        assert each.reason
        assert "{" not in each.reason
        assert not each.holdout
