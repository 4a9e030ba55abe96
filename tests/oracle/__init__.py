"""An independent oracle: what a policy must make of a history of messages.

It shares no code with Stammkunde and was written from `docs/journey.md` alone. Where the product
keeps a rolling state, the oracle keeps the whole list of messages, and computes everything from it
again at every instant at which anything might change: slow, but there is little that can be wrong.
Only what the rules did is remembered.

Messages are given as producers send them, in the order in which they are processed; one that comes
late takes effect at the latest instant that its customer has been heard of, or later if it says
that the customer's present had come further when it was `heard`.

Two things are not its subject: several names of one person, and messages that are refused.
"""

from collections.abc import Iterable
from datetime import datetime

from tests.oracle.heard import Heard
from tests.oracle.instant import instant_of
from tests.oracle.life import Life, Told
from tests.oracle.names import profile_of, trigger_name, with_real_id
from tests.oracle.policy import DEFAULT, Json, Policy
from tests.oracle.verdict import (
    DIMENSIONS,
    Outcome,
    Summary,
    Totals,
    Transition,
    Trigger,
    Verdict,
)

__all__ = [
    "DEFAULT",
    "DIMENSIONS",
    "Json",
    "Outcome",
    "Policy",
    "Summary",
    "Told",
    "Totals",
    "Transition",
    "Trigger",
    "Verdict",
    "judge",
    "judge_end",
    "profile_of",
    "trigger_name",
    "with_real_id",
]


def judge(told: Iterable[Told | Json], *, until: datetime, policy: Policy = DEFAULT) -> Verdict:
    """Compute what the policy makes of these messages, with the clock run to `until`."""
    lives: dict[str, Life] = {}
    for each in told:
        one = each if isinstance(each, Told) else Told(each)
        name = profile_of(one.message)
        if name not in lives:
            lives[name] = Life(name, policy)
        lives[name].hear(one)
    end = instant_of(until)
    for life in lives.values():
        if life.present is None or life.present > end:
            message = "an event lies after the final instant"
            raise ValueError(message)
        life.wait_until(end)
    return Verdict({name: life.outcome() for name, life in lives.items()})


def judge_end(told: Iterable[Told], *, until: datetime, policy: Policy = DEFAULT) -> Outcome:
    """Compute where one customer stands in the end, but nothing that came of it on the way there.

    It takes as long as one look, so that a customer may have thousands of orders.
    """
    messages = [each.message for each in told]
    life = Life(profile_of(messages[0]), policy, [Heard(each) for each in messages])
    life.look(instant_of(until))
    return life.outcome()
