"""Proof: are the old policy's triggers in the trial those that were really sent, id by id?"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from schemas.counted import agreeing, counted
from schemas.trial_report import Proof
from services.trials.outcome import Outcome, TrialTrigger
from topology.domain.history.instant import Instant

GRACE: Final = 10_000_000
"""What fell due by the clock less than this before the end may not have been written yet."""
_NAMED: Final = 100
"""The most ids that a report names."""


class SentTrigger(NamedTuple):
    """A trigger that was really sent."""

    id: str
    written_at: Instant
    policy_version: str


class SentTriggers(NamedTuple):
    """All triggers that Kafka has."""

    triggers: Sequence[SentTrigger]
    has_all: bool
    """True if Kafka has every trigger since the first one."""

    @property
    def written_from(self) -> Instant:
        """When the first of them was written; 0 if Kafka has all that ever were."""
        return 0 if self.has_all else min((each.written_at for each in self.triggers), default=0)


def impossible(sentence: str) -> Proof:
    """There is no proof, for the reason that the sentence says."""
    return Proof(holds=None, compared=0, sentence=f"No proof: {sentence}")


def prove(
    outcome: Outcome,
    sent: SentTriggers,
    *,
    version: str,
    clock: Literal["wall", "topic"] = "wall",
) -> Proof:
    """Compare the triggers of the policy in force with those that were really sent.

    The history must be complete: else rows that begin in its middle differ from the real ones.
    """
    others = sorted({each.policy_version for each in sent.triggers} - {version})
    if others:
        return impossible(
            f"other policies than {version} have sent triggers in this time ({', '.join(others)})."
        )
    trial = {each.id: each for each in outcome.triggers}
    really = {each.id: each for each in sent.triggers}
    only_trial = sorted(
        id_
        for id_ in trial.keys() - really.keys()
        if _was_due(trial[id_], outcome, clock) and trial[id_].created_at >= sent.written_from
    )
    only_sent = sorted(really.keys() - trial.keys())
    compared = len(trial.keys() & really.keys()) + len(only_trial) + len(only_sent)
    holds = not only_trial and not only_sent if compared else None
    return Proof(
        holds=holds,
        compared=compared,
        only_in_trial=tuple(only_trial[:_NAMED]),
        only_sent=tuple(only_sent[:_NAMED]),
        sentence=_sentence(compared, len(only_trial), len(only_sent)),
    )


def _was_due(trigger: TrialTrigger, outcome: Outcome, clock: Literal["wall", "topic"]) -> bool:
    """True if the workers must have written the trigger by the end."""
    if clock == "topic":
        return outcome.pending_from is None
    if outcome.pending_from is not None and trigger.created_at >= outcome.pending_from:
        return False
    return not trigger.by_clock or trigger.created_at < outcome.ended_at - GRACE


def _sentence(compared: int, only_trial: int, only_sent: int) -> str:
    if not compared:
        return "No proof: no trigger has been sent yet."
    if not only_trial and not only_sent:
        return (
            f"Proof: the trial of the policy in force gives exactly the "
            f"{counted(compared, 'trigger')} that {agreeing(compared, 'was', 'were')} really sent, "
            "id by id."
        )
    return (
        f"DEFECT: of {counted(compared, 'trigger')}, {only_trial:,} are only in the trial, and "
        f"{only_sent:,} were sent but are not in the trial. Don't trust this trial. If no worker "
        "was behind in this time, please report it."
    )
