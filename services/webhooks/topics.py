"""The topics of delivery and the keys of their records.

delivery.subscriptions.v1              written by the API, except `off`
    <id>                               a Subscription
    <id>/off                           a SwitchedOff, written by delivery
    <id>/resend/<partition>/<offset>   a Resend; delivery removes it when it is done

delivery.progress.v1                   written by the process to which the group has assigned the
    <id>/<partition>                   a QueueProgress     partition of triggers, into the partition
    <id>/<partition>/<offset>          an Exhausted        of the same number
    <id>/<partition>/fault             a Fault
"""

from dataclasses import dataclass
from typing import Final, Self

from schemas import topics
from schemas.contract import Contract

FAULT: Final = "fault"


@dataclass(frozen=True, slots=True)
class Names:
    """The topics of delivery, and its consumer group."""

    triggers: str
    subscriptions: str
    progress: str
    erasures: str
    group: str
    """The consumer group, and the prefix of each partition's transactional id."""

    @classmethod
    def of(cls, app_id: str) -> Self:
        """Return the names of the application `app_id`."""
        return cls(
            topics.TRIGGERS,
            topics.SUBSCRIPTIONS,
            topics.PROGRESS,
            topics.ERASURES,
            f"{app_id}-delivery",
        )


def groups_of(app_id: str) -> tuple[str, str]:
    """Return the consumer groups of an application: of its workers, and of delivery."""
    return app_id, Names.of(app_id).group


def queue_key(subscription_id: str, partition: int) -> str:
    """Return the key of a QueueProgress."""
    return f"{subscription_id}/{partition}"


def exhausted_key(subscription_id: str, partition: int, offset: int) -> str:
    """Return the key of an Exhausted."""
    return f"{subscription_id}/{partition}/{offset}"


def fault_key(subscription_id: str, partition: int) -> str:
    """Return the key of a Fault."""
    return f"{subscription_id}/{partition}/{FAULT}"


def off_key(subscription_id: str) -> str:
    """Return the key of a SwitchedOff."""
    return f"{subscription_id}/off"


def resend_key(subscription_id: str, partition: int, offset: int) -> str:
    """Return the key of a Resend."""
    return f"{subscription_id}/resend/{partition}/{offset}"


def encoded(value: Contract) -> bytes:
    """Return the stored form of a record."""
    return value.model_dump_json().encode()
