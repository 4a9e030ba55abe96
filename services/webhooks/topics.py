"""What delivery keeps in Kafka, and under which keys.

delivery.subscriptions.v1          written by the API, but for `off`
    <id>                           a Subscription
    <id>/off                       a SwitchedOff, written by delivery
    <id>/resend/<partition>/<offset>   a Resend, taken away by delivery once it is done

delivery.progress.v1               written by whoever owns the trigger partition, into the
    <id>/<partition>               a LaneProgress           partition of the same number
    <id>/<partition>/<offset>      an Exhausted
    <id>/<partition>/fault         a Fault
"""

from dataclasses import dataclass
from typing import Final, Self

from schemas import topics
from schemas.contract import Contract

FAULT: Final = "fault"


@dataclass(frozen=True, slots=True)
class Names:
    """The topics of delivery, and what its processes are called in Kafka."""

    triggers: str
    subscriptions: str
    progress: str
    erasures: str
    group: str
    """The consumer group, and the beginning of each partition's transactional id."""

    @classmethod
    def of(cls, app_id: str) -> Self:
        """Those of the application `app_id`."""
        return cls(
            topics.TRIGGERS,
            topics.SUBSCRIPTIONS,
            topics.PROGRESS,
            topics.ERASURES,
            f"{app_id}-delivery",
        )


def queue_key(subscription_id: str, partition: int) -> str:
    """The key of a LaneProgress."""
    return f"{subscription_id}/{partition}"


def exhausted_key(subscription_id: str, partition: int, offset: int) -> str:
    """The key of an Exhausted."""
    return f"{subscription_id}/{partition}/{offset}"


def fault_key(subscription_id: str, partition: int) -> str:
    """The key of a Fault."""
    return f"{subscription_id}/{partition}/{FAULT}"


def off_key(subscription_id: str) -> str:
    """The key of a SwitchedOff."""
    return f"{subscription_id}/off"


def resend_key(subscription_id: str, partition: int, offset: int) -> str:
    """The key of a Resend."""
    return f"{subscription_id}/resend/{partition}/{offset}"


def encoded(value: Contract) -> bytes:
    """As it is stored."""
    return value.model_dump_json().encode()
