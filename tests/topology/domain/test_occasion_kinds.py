"""Every kind of occasion is known whole: nothing of it can be forgotten in silence."""

import pytest

from schemas.policy.occasions.when import KINDS
from tests.schemas.policies import policy, small
from tests.schemas.test_policy_occasions import RIGHT
from topology.domain.occasions import families
from topology.domain.occasions.compiled import Occasions
from topology.domain.occasions.families import FAMILIES, words_of
from topology.domain.policy.compile import compile_policy


def occasions_with(when: str) -> tuple[Occasions, str]:
    """The occasions of a policy whose first case waits for this, and that in words."""
    found = policy(small("entering: [here]", when))
    return compile_policy(found).on, words_of(found.rules[0].cases[0])


def test_every_kind_of_occasion_has_its_family() -> None:
    """Else the worker would fail for a policy that is right."""
    assert FAMILIES.keys() == set(KINDS.values())


def test_no_kind_of_occasion_is_claimed_by_two_families() -> None:
    """The second would win in silence."""
    assert len(families._KINDS) == len(FAMILIES)


@pytest.mark.parametrize("when", RIGHT)
def test_every_kind_of_occasion_is_set_off_by_something(when: str) -> None:
    """A transition, an event, a tick or a delay: else its rules would never fire."""
    on, words = occasions_with(when)
    transitions = [each for those in on.transitions.values() for each in those.values()]

    assert transitions or on.events or on.ticks or on.delays
    assert words


@pytest.mark.parametrize("when", RIGHT)
def test_every_delay_is_among_those_that_the_clock_wakes_for(when: str) -> None:
    """On each stage on which it can be due: in one list, and in one alone."""
    on, _ = occasions_with(when)
    for delay in on.delays.values():
        for stage, wakes in on.wakes.items():
            if delay.stages is not None and stage not in delay.stages:
                continue
            lists = (wakes.always, wakes.looks, wakes.orders, wakes.traits)
            ages = (on.last_ages, on.first_ages[:-1], wakes.silences[:-1])
            assert sum(map(bool, (*lists, *ages))) == 1
