"""Every error as RFC 9457 problem details.

Problem
├── NoSuchPath        404
├── NoSuchMethod      405
├── UnknownCustomer   404
├── InvalidField      422
├── RedisAway         503
├── KafkaAway         503
└── NotBuilt          503
"""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
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
    """An answer that is an error. `kind` is the end of its type."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers: dict[str, str] = {}

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
            headers=self.headers,
            media_type=MEDIA_TYPE,
        )


class NoSuchPath(Problem):
    """No route has this path."""

    def __init__(self) -> None:
        detail = "There is nothing at this path; /docs lists what there is."
        super().__init__(HTTPStatus.NOT_FOUND, "not-found", detail)


class NoSuchMethod(Problem):
    """The path is there, but not for this method. The answer names those that there are."""

    def __init__(self, method: str, allowed: Iterable[str]) -> None:
        methods = sorted(allowed)
        detail = (
            f"This path takes {' or '.join(methods)}, and not {method}: /docs says what to send."
        )
        super().__init__(HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed", detail)
        self.headers = {"Allow": ", ".join(methods)}


class UnknownCustomer(Problem):
    """Nobody with this id has been seen."""

    def __init__(self, customer_id: str) -> None:
        detail = (
            f"No customer {customer_id!r} has been seen. An id is the userId of the messages, else "
            "the anonymousId, and is percent-encoded in the path."
        )
        super().__init__(HTTPStatus.NOT_FOUND, "unknown-customer", detail)


class InvalidField(Problem):
    """A parameter that can't be used."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        detail = "; ".join(f"{error.field}: {error.message}" for error in errors)
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, errors=errors)


class Unavailable(Problem):
    """Nothing can be said at the moment."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, kind, detail)
        self.headers = {"Retry-After": "1"}


class RedisAway(Unavailable):
    """Redis does not answer."""

    def __init__(self) -> None:
        super().__init__(
            "redis-away",
            "Redis, which holds what this API shows, does not answer: start it, or check "
            "REDIS_URL.",
        )


class KafkaAway(Unavailable):
    """Kafka does not answer. The text says what is known of what was sent."""

    def __init__(self, detail: str) -> None:
        super().__init__("kafka-away", detail)


class NotBuilt(Unavailable):
    """The read model is not there, or not whole yet."""

    def __init__(self) -> None:
        super().__init__(
            "read-model-not-built",
            "The read model is not built yet: `stammkunde projector` builds it from Kafka. If that "
            "is running, try again in a moment.",
        )
