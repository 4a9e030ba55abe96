"""An independent oracle: what a policy must make of a history of messages.

It shares no code with Stammkunde and was written from `docs/journey.md` alone. Where the product
keeps a rolling state, the oracle keeps the whole list of messages, and computes everything from it
again at every instant at which anything might change: slow, but there is little that can be wrong.
Only what the rules did is remembered.

Messages are given as producers send them, in the order in which they are processed; one that comes
late takes effect at the latest instant of its customer so far, or at `processed_at` if that is
later.

Two things are not its subject: several names of one person, and messages that are refused.
"""

from collections.abc import Iterable
from datetime import datetime

from tests.oracle.instant import instant_of
from tests.oracle.life import Life, ReceivedMessage
from tests.oracle.names import profile_of, trigger_name, with_real_id
from tests.oracle.policy import DEFAULT, Json, Policy
from tests.oracle.processed import ProcessedMessage
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
    "ReceivedMessage",
    "Summary",
    "Totals",
    "Transition",
    "Trigger",
    "Verdict",
    "profile_of",
    "run_policy",
    "run_policy_at_end",
    "trigger_name",
    "with_real_id",
]


def run_policy(
    received: Iterable[ReceivedMessage | Json], *, until: datetime, policy: Policy = DEFAULT
) -> Verdict:
    """Compute what the policy makes of these messages, with the clock run to `until`."""
    lives: dict[str, Life] = {}
    for each in received:
        one = each if isinstance(each, ReceivedMessage) else ReceivedMessage(each)
        name = profile_of(one.message)
        if name not in lives:
            lives[name] = Life(name, policy)
        lives[name].process(one)
    end = instant_of(until)
    for life in lives.values():
        if life.present is None or life.present > end:
            message = "an event lies after the final instant"
            raise ValueError(message)
        life.wait_until(end)
    return Verdict({name: life.outcome() for name, life in lives.items()})


def run_policy_at_end(
    received: Iterable[ReceivedMessage], *, until: datetime, policy: Policy = DEFAULT
) -> Outcome:
    """Compute where one customer stands in the end, but nothing that came of it on the way there.

    It computes a single instant, so that a customer may have thousands of orders.
    """
    messages = [each.message for each in received]
    life = Life(profile_of(messages[0]), policy, [ProcessedMessage(each) for each in messages])
    life.jump_to(instant_of(until))
    return life.outcome()
