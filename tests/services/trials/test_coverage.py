"""What the history covers, and when a comparison would mean nothing."""

import pytest

from schemas.policy import load_default_policy, parse_policy
from schemas.trial_report import HistoryOfTrial
from services.platform.faults import FaultError
from services.trials.coverage import (
    covered,
    needed_days,
    refuse_meaningless,
    refuse_short,
    unknown,
)
from tests.schemas.policies import SMALL, changed, small
from tests.services.trials.triggers import at_day, customer, outcome
from tests.topology.domain.messages import day

OLD = parse_policy(SMALL, "p.yaml")
NEW = parse_policy(small("younger_than: 30 days", "younger_than: 20 days"), "p.yaml")
BOTH = (OLD, NEW)
HERE = ("here", "guest", "B", "calm")


def history(*, has_all: bool, began: float = 39, customers: int = 2) -> HistoryOfTrial:
    people = [customer(f"c-{number}", HERE, first=10) for number in range(customers)]
    found = outcome(customers=people, began_at=at_day(began))
    return covered(found, found, BOTH, has_all=has_all)


def test_a_complete_history_begins_with_the_first_event() -> None:
    found = history(has_all=True)
    assert (found.begins_at, found.covered_days, found.incomplete_customers) == (day(10), 90, 0)


def test_a_cut_history_begins_with_the_first_record() -> None:
    found = history(has_all=False)
    assert (found.begins_at, found.covered_days, found.incomplete_customers) == (day(39), 61, 2)
    assert next(unknown(found, BOTH)) == (
        "The history covers 61 of 365 days: the scores of 2 customers may lack older orders."
    )


def test_a_complete_history_that_is_short_says_since_when() -> None:
    sentence = next(unknown(history(has_all=True), BOTH))
    assert sentence.startswith("The first event is of 2026-01-11: what customers had done before")


def test_rules_that_wait_for_longer_are_named() -> None:
    default = load_default_policy()
    sentences = list(unknown(history(has_all=False), (default, default)))
    assert "These rules wait for longer than the history covers: tidy_up." in sentences


def test_reactions_are_always_unknown() -> None:
    assert list(unknown(history(has_all=True), BOTH))[-1].startswith("Customers' reactions are")


def test_the_longest_delay_counts_or_the_window() -> None:
    assert needed_days(OLD) == 365
    assert needed_days(load_default_policy()) == 730


def test_policies_of_one_version_are_not_compared() -> None:
    with pytest.raises(FaultError, match="they decide alike"):
        refuse_meaningless((OLD, OLD))


def test_policies_of_two_currencies_are_not_compared() -> None:
    with pytest.raises(FaultError, match="counts in EUR and the new one in CHF"):
        refuse_meaningless((OLD, parse_policy(small("EUR", "CHF"), "p.yaml")))


def test_a_history_in_which_nobody_could_fall_asleep_is_refused() -> None:
    refuse_short(history(has_all=False, began=80), BOTH)
    with pytest.raises(FaultError, match="only has the records of the last 19 days"):
        refuse_short(history(has_all=False, began=81), BOTH)
    refuse_short(history(has_all=True, began=81), BOTH)


def test_a_history_of_nobody_is_refused() -> None:
    with pytest.raises(FaultError, match="There is no customer in the history"):
        refuse_short(history(has_all=True, customers=0), BOTH)


def test_the_default_policy_can_be_compared_with_a_change_of_it() -> None:
    other = parse_policy(changed("60 days", "45 days"), "p.yaml")
    refuse_meaningless((load_default_policy(), other))
