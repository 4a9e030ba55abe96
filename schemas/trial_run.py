"""A run of a trial over HTTP: who is compared with whom, and how far it is."""

from enum import StrEnum

from pydantic import Field

from schemas.contract import Contract, UtcDatetime
from schemas.trial_report import PolicyOfTrial


class TrialState(StrEnum):
    """How a trial stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It can't go on; `reason` says why."""
    CANCELLED = "cancelled"


class TrialRun(Contract):
    """A trial that was asked for over HTTP."""

    trial_id: str = Field(examples=["tri_6f0d2c41b7a94e0d8c35"])
    state: TrialState
    old: PolicyOfTrial
    new: PolicyOfTrial
    since_days: int = Field(description="The time before the end whose triggers are compared.")
    asked_at: UtcDatetime
    ended_at: UtcDatetime | None = None
    records_done: int = Field(default=0, description="Of the policy that is slower.")
    records_total: int | None = Field(
        default=None,
        description="How many there are at most. Null until the trial has asked Kafka.",
    )
    reason: str | None = Field(default=None, description="Why it failed, and what to do.")
