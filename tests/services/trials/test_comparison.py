"""What differs between two outcomes, counted."""

from schemas.dimensions import Dimension
from schemas.policy import parse_policy
from services.trials import comparison
from services.trials.costs import cost_of, cost_table
from services.trials.outcome import AheadTotal, HeldTotal, TrialAction
from services.trials.pairing import pair_triggers
from tests.schemas.policies import SMALL, small
from tests.services.trials.triggers import CONTENT, customer, outcome, trigger
from tests.topology.domain.messages import day
from topology.domain.history.instant import HOUR

POLICY = parse_policy(SMALL, "p.yaml")
BOTH = (POLICY, POLICY)
HERE, AWAY = ("here", "guest", "B", "calm"), ("away", "guest", "A", "calm")


def test_differences_are_counted_once_each() -> None:
    old = [trigger(1), trigger(2, customer="d"), trigger(3, customer="e")]
    new = [trigger(1), trigger(4, customer="d"), trigger(5, customer="f")]
    found = comparison.differences(pair_triggers(old, new, 0))
    assert (found.same, found.moved, found.only_old, found.only_new) == (1, 1, 1, 1)
    assert (found.old, found.new) == (3, 3)


def test_by_rule_in_the_policys_order() -> None:
    pairs = pair_triggers([trigger(1)], [trigger(2, rule="gone")], 0)
    assert [(each.name, each.only_old) for each in comparison.by_rule(pairs, BOTH)] == [
        ("hello", 1)
    ]


def test_by_week_from_monday_in_the_shops_time_zone() -> None:
    """Day 3 is a Sunday; 23:30 in UTC is Monday in Berlin."""
    assert day(3).isoweekday() == 7
    late = trigger(3 + 11.5 / 24)
    pairs = pair_triggers([trigger(3), late], [], 0)
    found = comparison.by_week(pairs, "Europe/Berlin")
    assert [(each.name, each.only_old) for each in found] == [("2025-12-29", 1), ("2026-01-05", 1)]


def test_by_segment_in_the_policys_order() -> None:
    old = [trigger(1, segment="away"), trigger(2, segment="here"), trigger(3, segment="away")]
    found = comparison.by_segment(pair_triggers(old, [], 0), BOTH)
    assert [(each.name, each.only_old) for each in found] == [("here", 1), ("away", 2)]


def test_a_matrix_says_how_many_move_and_what_they_are_worth() -> None:
    old = outcome(customers=[customer("a", HERE, 500), customer("b", HERE, 300)])
    new = outcome(customers=[customer("a", AWAY, 1), customer("b", HERE, 2)])
    segment, stage, tier, care = comparison.migrations(old, new, BOTH)
    assert segment.dimension == Dimension.SEGMENT
    assert [(m.from_value, m.to_value, m.customers, m.revenue) for m in segment.moves] == [
        ("here", "here", 1, 300),
        ("here", "away", 1, 500),
    ]
    assert [(m.from_value, m.to_value) for m in tier.moves] == [("B", "B"), ("B", "A")]
    assert [m.customers for m in (*stage.moves, *care.moves)] == [2, 2]


def test_a_customer_whom_only_one_policy_knows_is_in_the_matrix() -> None:
    segment = comparison.migrations(outcome(customers=[customer("a", HERE, 5)]), outcome(), BOTH)[0]
    assert [(m.from_value, m.to_value) for m in segment.moves] == [("here", comparison.NOBODY)]


def test_held_triggers_by_rule_and_reason() -> None:
    old = outcome(held=(HeldTotal("hello", "cap", 3),))
    new = outcome(held=(HeldTotal("hello", "cap", 1), HeldTotal("hello", "care", 2)))
    found = [(each.reason, each.old, each.new) for each in comparison.held(old, new)]
    assert found == [("cap", 3, 1), ("care", 0, 2)]


def test_the_busiest_hour_is_that_of_sending() -> None:
    """What came about in quiet hours goes out at their end."""
    waits = [trigger(1, sent_at=trigger(2).at, customer=name) for name in "ab"]
    hour = comparison.busiest_hour(each.sent_at for each in [trigger(1), *waits])
    assert hour is not None
    assert (hour.hour, hour.triggers) == (day(2), 2)
    assert comparison.busiest_hour([]) is None


def test_of_two_busy_hours_the_first() -> None:
    hour = comparison.busiest_hour([trigger(1).at, trigger(1).at + HOUR])
    assert hour is not None
    assert hour.hour == day(1)


def test_people_who_get_more_and_less() -> None:
    found = comparison.people([trigger(1), trigger(2)], [trigger(1), trigger(1, customer="d")])
    assert (found.touched_by_old, found.touched_by_new) == (1, 2)
    assert (found.touched_more, found.touched_less) == (1, 1)
    assert (found.most_by_old, found.most_by_new) == (2, 1)


def test_what_falls_due_next() -> None:
    old, new = outcome(ahead=(AheadTotal("hello", CONTENT, 4),)), outcome()
    assert [(each.rule, each.old, each.new) for each in comparison.ahead(old, new, BOTH)] == [
        ("hello", 4, 0)
    ]


def test_costs_follow_from_rule_and_action_whatever_the_priority() -> None:
    policy = parse_policy(small("{kind: content}", "{kind: content, cost: 2.50}"), "p.yaml")
    table = cost_table(policy)
    raised = TrialAction("content", priority="high")
    assert cost_of([("hello", CONTENT, 2), ("hello", raised, 1)], table) == 750
    assert cost_of([("other", CONTENT, 1), ("hello", TrialAction("gift"), 1)], table) == 0
    assert cost_table(POLICY) == {}
