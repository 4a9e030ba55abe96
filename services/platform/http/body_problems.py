"""Why a body is not taken.

Problem
├── NotReadable        400
├── BodyTooSlow        408
├── BodyTooLarge       413
├── UnknownEncoding    415
└── Busy               429
"""

from http import HTTPStatus

from services.platform.http.problems import Problem


class NotReadable(Problem):
    """The body as a whole can't be read."""

    def __init__(self, detail: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "not-readable", detail)


class BodyTooSlow(Problem):
    """The body takes too long, or its sender has gone."""

    def __init__(self, seconds: float) -> None:
        detail = f"The body did not arrive within {seconds:g} s; nothing of it was taken."
        super().__init__(HTTPStatus.REQUEST_TIMEOUT, "body-too-slow", detail)


class BodyTooLarge(Problem):
    """More than a request may hold."""

    def __init__(self, detail: str) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail)

    @classmethod
    def of_bytes(cls, most: int) -> "BodyTooLarge":
        """More bytes than `most`."""
        return cls(f"A body may have {most:,} bytes here, inflated: send it in parts.")


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
