"""What can go wrong with what is sent in.

Problem
├── MessageRefused     400
├── KafkaAway          503
└── TopicsMissing      503
"""

from collections.abc import Iterable
from http import HTTPStatus

from schemas.dead_letter import DeadLetterReason
from services.platform.http.problems import Problem, Unavailable


class MessageRefused(Problem):
    """The one message of the request can't be taken."""

    def __init__(self, reason: DeadLetterReason, detail: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "message-refused", f"{reason}: {detail}")


class KafkaAway(Unavailable):
    """Kafka does not acknowledge."""

    def __init__(self) -> None:
        super().__init__(
            "kafka-away",
            "Kafka has not acknowledged this: send it again, a messageId that comes twice counts "
            "once. If this lasts, start Kafka, or check KAFKA_BOOTSTRAP_SERVERS.",
        )


class TopicsMissing(Unavailable):
    """Kafka is there, but not the topics."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(
            "topics-missing",
            f"Kafka has no topic {', '.join(names)}: `stammkunde topics create` creates them.",
        )
