"""What can go wrong with what is sent in.

Problem
├── NotReadable        400
├── MessageRefused     400
├── BodyTooSlow        408
├── BodyTooLarge       413
├── UnknownEncoding    415
├── Busy               429
├── KafkaAway          503
└── TopicsMissing      503
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from schemas.dead_letter import DeadLetterReason
from services.api.problems import Problem, Unavailable

_LAST: Final = {"Connection": "close"}
"""The rest of the body is still on its way: nothing else can follow on this connection."""


class NotReadable(Problem):
    """The body as a whole can't be read."""

    def __init__(self, detail: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "not-readable", detail)


class MessageRefused(Problem):
    """The one message of the request can't be taken."""

    def __init__(self, reason: DeadLetterReason, detail: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "message-refused", f"{reason}: {detail}")


class BodyTooSlow(Problem):
    """The body takes too long, or its sender has gone."""

    def __init__(self, seconds: float) -> None:
        detail = f"The body did not arrive within {seconds:g} s; nothing of it was taken."
        super().__init__(HTTPStatus.REQUEST_TIMEOUT, "body-too-slow", detail)
        self.headers = dict(_LAST)


class BodyTooLarge(Problem):
    """More than a request may hold."""

    def __init__(self, detail: str) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail)
        self.headers = dict(_LAST)

    @classmethod
    def of_bytes(cls, most: int) -> "BodyTooLarge":
        """More bytes than `most`."""
        return cls(f"A body may have {most:,} bytes, inflated: send it in parts.")


class UnknownEncoding(Problem):
    """A Content-Encoding that is not known here."""

    def __init__(self) -> None:
        detail = "Content-Encoding may be gzip, or be left out."
        super().__init__(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unknown-encoding", detail)
        self.headers = {"Accept-Encoding": "gzip"}


class Busy(Problem):
    """More is under way than can be held."""

    def __init__(self) -> None:
        detail = "More arrives than Kafka takes at the moment: send it again, and more slowly."
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, "busy", detail)
        self.headers = {"Retry-After": "1"}


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
