"""Which trigger of the old policy is which of the new one."""

from services.trials.outcome import TrialAction, TrialTrigger
from services.trials.pairing import Pair, pair_triggers
from tests.services.trials.triggers import at_day, trigger


def kinds(*pairs: Pair) -> list[str | None]:
    return [pair.difference for pair in pairs]


def paired(old: list[TrialTrigger], new: list[TrialTrigger], since: int = 0) -> list[str | None]:
    return kinds(*pair_triggers(old, new, since))


def test_the_same_trigger_is_no_difference() -> None:
    assert paired([trigger(1)], [trigger(1)]) == [None]


def test_another_action_at_the_same_instant() -> None:
    assert paired([trigger(1)], [trigger(1, action=TrialAction("gift"))]) == ["other_action"]


def test_another_priority_is_another_action() -> None:
    other = TrialAction("content", priority="high")
    assert paired([trigger(1)], [trigger(1, action=other)]) == ["other_action"]


def test_another_instant_is_a_move() -> None:
    assert paired([trigger(1)], [trigger(3)]) == ["moved"]


def test_a_trigger_of_one_policy_alone() -> None:
    assert paired([trigger(1)], []) == ["only_old"]
    assert paired([], [trigger(1)]) == ["only_new"]


def test_customers_and_rules_are_not_mixed_up() -> None:
    old, new = [trigger(1, customer="a")], [trigger(1, customer="b")]
    assert paired(old, new) == ["only_old", "only_new"]
    assert paired([trigger(1, rule="a")], [trigger(1, rule="b")]) == ["only_old", "only_new"]


def test_the_same_instant_is_paired_before_a_move() -> None:
    """The second of the old ones has its equal; so the first is the one that is missing."""
    assert paired([trigger(1), trigger(3)], [trigger(3)]) == ["only_old", None]


def test_two_at_one_instant_are_two() -> None:
    assert paired([trigger(1)], [trigger(1), trigger(1)]) == [None, "only_new"]


def test_a_pair_counts_if_one_of_its_triggers_is_in_the_time() -> None:
    """Else a trigger that only came earlier would look like one that is missing."""
    old, new = [trigger(10)], [trigger(5)]
    assert paired(old, new, at_day(7)) == ["moved"]
    assert paired(old, new, at_day(10)) == []


def test_pairs_are_in_the_order_of_time() -> None:
    pairs = pair_triggers([trigger(5, rule="b"), trigger(1)], [trigger(2, customer="z")], 0)
    assert [pair.either.at for pair in pairs] == [at_day(1), at_day(2), at_day(5)]
