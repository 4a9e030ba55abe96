"""Every error answer: RFC 9457 problem details, and the problems that any room may raise.

A problem is a class: its kind, its status and, where it needs no figures, its detail. The problems
of one room stand beside the code that raises them.

Problem
├── NotReadable        400
├── KeyNeeded          401  no key was sent, or one that opens nothing
├── KeyNotEnough       403  the key lacks the scope
├── NotFromHere        403  open to this machine only, and a web page or another name asked
├── NoSuchPath         404
├── NoSuchMethod       405
├── BodyTooSlow        408
├── BodyTooLarge       413
├── UnknownEncoding    415
├── InvalidField       422
├── Busy               429
├── TooManyRequests    429
├── InternalError      500
├── HttpProblem             any other status that FastAPI answers
└── Unavailable        503
    ├── KafkaAway
    ├── KeysNotRead
    ├── NotBuilt
    └── RedisAway
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

MEDIA_TYPE: Final = "application/problem+json"
_URN: Final = "urn:stammkunde:problem:"


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: str = Field(examples=["limit"])
    message: str = Field(examples=["Input should be less than or equal to 1000"])


class ProblemDetails(BaseModel):
    """An error, in the form of RFC 9457."""

    type: str = Field(
        description="Which kind of problem. It stays the same; compare this, not the title.",
        examples=["urn:stammkunde:problem:unknown-customer"],
    )
    title: str = Field(description="The kind of problem, in words.")
    status: int = Field(description="The HTTP status, once more.")
    detail: str = Field(description="What happened here, and what to do about it.")
    instance: str = Field(description="The path that was asked for.")
    code: str = Field(description="The end of `type`, for Segment's and RudderStack's libraries.")
    message: str = Field(description="`detail` once more, for the same libraries.")
    errors: tuple[FieldError, ...] | None = Field(
        default=None, description="With status 422: each field that is wrong."
    )


class Problem(Exception):  # noqa: N818 - the name that the RFC gives it
    """An answer that is an error.

    A subclass sets `status` and `kind`, the end of its type; also `detail`, if it is always the
    same, and `headers`, if the answer has any.
    """

    status: HTTPStatus
    kind: str
    detail: str
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, detail: str | None = None, *, errors: Sequence[FieldError] = ()) -> None:
        if detail is not None:
            self.detail = detail
        super().__init__(self.detail)
        self.errors = tuple(errors)

    def response(self, path: str) -> JSONResponse:
        """The answer to a request for `path`."""
        details = ProblemDetails(
            type=_URN + self.kind,
            title=self.kind.replace("-", " ").capitalize(),
            status=self.status,
            detail=self.detail,
            instance=path,
            code=self.kind,
            message=self.detail,
            errors=self.errors or None,
        )
        return JSONResponse(
            details.model_dump(exclude_none=True),
            status_code=self.status,
            headers=dict(self.headers),
            media_type=MEDIA_TYPE,
        )


class NotReadable(Problem):
    """The body as a whole can't be read."""

    status, kind = HTTPStatus.BAD_REQUEST, "not-readable"


class KeyNeeded(Problem):
    """No key was sent, or none that is known."""

    status, kind = HTTPStatus.UNAUTHORIZED, "key-needed"
    headers = MappingProxyType(
        {"WWW-Authenticate": 'Basic realm="stammkunde", charset="UTF-8", Bearer realm="stammkunde"'}
    )

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason}: send one as the user of HTTP Basic with an empty password, or as "
            "`Authorization: Bearer`. `stammkunde keys create` makes one."
        )


class KeyNotEnough(Problem):
    """The key is good, but not for this."""

    status, kind = HTTPStatus.FORBIDDEN, "key-not-enough"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs a key with the scope {scope}, and yours does not have it.")


class NotFromHere(Problem):
    """While there is no key, only programs on this machine are let in, by its own name."""

    status, kind = HTTPStatus.FORBIDDEN, "not-from-here"

    def __init__(self, stranger: str) -> None:
        super().__init__(
            f"No key has been created yet, so only this machine itself may ask, and {stranger}"
            " is another one: create a key with `stammkunde keys create`."
        )


class NoSuchPath(Problem):
    """No route has this path."""

    status, kind = HTTPStatus.NOT_FOUND, "not-found"
    detail = "There is nothing at this path; /docs lists what there is."


class NoSuchMethod(Problem):
    """The path is there, but not for this method. The answer names those that there are."""

    status, kind = HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed"

    def __init__(self, method: str, allowed: Iterable[str]) -> None:
        methods = sorted(allowed)
        super().__init__(
            f"This path takes {' or '.join(methods)}, and not {method}: /docs says what to send."
        )
        self.headers = {"Allow": ", ".join(methods)}


class BodyTooSlow(Problem):
    """The body takes too long, or its sender has gone."""

    status, kind = HTTPStatus.REQUEST_TIMEOUT, "body-too-slow"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The body did not arrive within {seconds:g} s; nothing of it was taken.")


class BodyTooLarge(Problem):
    """More than a request may hold."""

    status, kind = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large"

    @classmethod
    def of_bytes(cls, most: int) -> "BodyTooLarge":
        """More bytes than `most`."""
        return cls(f"A body may have {most:,} bytes here, inflated: send it in parts.")


class UnknownEncoding(Problem):
    """A Content-Encoding that is not known here."""

    status, kind = HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unknown-encoding"
    detail = "Content-Encoding may be gzip, or be left out."
    headers = MappingProxyType({"Accept-Encoding": "gzip"})


class InvalidField(Problem):
    """A parameter that can't be used."""

    status, kind = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        detail = "; ".join(f"{error.field}: {error.message}" for error in errors)
        super().__init__(detail, errors=errors)

    @classmethod
    def of(cls, field: str, message: object) -> "InvalidField":
        """One field is wrong."""
        return cls([FieldError(field=field, message=str(message))])


class Busy(Problem):
    """More is under way than can be held."""

    status, kind = HTTPStatus.TOO_MANY_REQUESTS, "busy"
    detail = "More arrives than Kafka takes at the moment: send it again, and more slowly."
    headers = MappingProxyType({"Retry-After": "1"})


class TooManyRequests(Problem):
    """The key asks more often than it may, or for more."""

    status, kind = HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests"

    def __init__(self, counted: str, wait_s: float) -> None:
        seconds = max(1, math.ceil(wait_s))
        super().__init__(
            f"This key sends more {counted} than it may: ask again in {seconds} s, and then send "
            "less in the same time."
        )
        self.headers = {"Retry-After": str(seconds)}


class InternalError(Problem):
    """A bug, as it looks from outside."""

    status, kind = HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error"
    detail = "Something went wrong in here. It has been logged; the same request may work later."


class HttpProblem(Problem):
    """A status that FastAPI answers by itself."""

    def __init__(self, status: HTTPStatus, detail: str, headers: Mapping[str, str]) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = status.phrase.lower().replace(" ", "-")
        self.headers = headers


class Unavailable(Problem):
    """The API can't answer at the moment."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers = MappingProxyType({"Retry-After": "1"})


class KafkaAway(Unavailable):
    """Kafka does not answer. The text says what is known of what was sent."""

    kind = "kafka-away"


class KeysNotRead(Unavailable):
    """Nobody is let in before it is known who may."""

    kind = "keys-not-read"
    detail = (
        "The keys are kept in Kafka and could not be read since this process started: start "
        "Kafka, or check KAFKA_BOOTSTRAP_SERVERS."
    )


class NotBuilt(Unavailable):
    """The read model is not there, or not whole yet."""

    kind = "read-model-not-built"
    detail = (
        "The read model is not built yet: `stammkunde projector` builds it from Kafka. If that "
        "is running, try again in a moment."
    )


class RedisAway(Unavailable):
    """Redis does not answer."""

    kind = "redis-away"
    detail = "Redis, which holds the read model, does not answer: start it, or check REDIS_URL."
