"""What can be done to a running Stammkunde, as data."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A kind of fault, as the report names it."""

    WORKER_KILLED = "worker killed with -9 and started again"
    WORKER_LOST = "worker killed with -9 for good"
    WORKER_FROZEN = "worker frozen past its session timeout and woken"
    WORKER_RESTARTED = "worker restarted in order"
    POLICY_CHANGED = "policy changed, or changed back, and a worker restarted in order"
    WORKER_ADDED = "worker added"
    WORKER_REMOVED = "worker removed in order"
    BROKER_KILLED = "broker killed with -9 and started again"
    PROJECTOR_KILLED = "projector killed with -9 and started again"
    ARCHIVE_KILLED = "archive killed with -9 and started again"
    REDIS_EMPTIED = "Redis emptied"
    REDIS_KILLED = "Redis killed with -9 and started again"
    REDIS_FULL = "Redis full for a while"


class When(StrEnum):
    """What a fault waits for."""

    COMMITTING = "a transaction is open"
    CALM = "something has been committed since the fault before"
    AT_ONCE = "nothing: it strikes what is still recovering"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: `worker` is whom it strikes, if it is about a worker.

    `delay_s` is how many seconds after `when` it strikes.
    """

    number: int
    kind: Kind
    worker: str | None
    when: When
    delay_s: float

    def __str__(self) -> str:
        """The fault as a line of the story."""
        who = f" ({self.worker})" if self.worker else ""
        return f"{self.number:>4}  {self.kind}{who}"


@dataclass(frozen=True, slots=True)
class Round:
    """Faults that strike while one part of the load flows. After it, all is looked at."""

    number: int
    faults: tuple[Fault, ...]
