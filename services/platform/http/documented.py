"""The problems that an operation may answer with, for its documentation."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from services.platform.http.problems import MEDIA_TYPE

_WHEN: Final = {
    HTTPStatus.BAD_REQUEST: "What was sent can't be read, or the one message of it is bad.",
    HTTPStatus.UNAUTHORIZED: "No key was sent, or one that is not known or has been revoked.",
    HTTPStatus.FORBIDDEN: "The key lacks the scope; or there is no key yet, and the request is not "
    "from a program on the API's own machine.",
    HTTPStatus.NOT_FOUND: "There is no such customer, or whatever else the path names.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The path takes other methods: `Allow` names them.",
    HTTPStatus.CONFLICT: "There is no room for one more.",
    HTTPStatus.REQUEST_TIMEOUT: "The body took too long to arrive.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "More bytes, or more messages, than a request may have.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Content-Encoding is something else than gzip.",
    HTTPStatus.TOO_MANY_REQUESTS: "The key sends more requests, bytes or events than it may, or "
    "more arrives than is taken; go on after the seconds in `Retry-After`.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A parameter can't be used; `errors` says which and why.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A bug. It has been logged.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Redis or Kafka is away, or the read model is not built or the "
    "keys are not read yet; `detail` says which and what to start.",
}


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of these problems, and of those that any operation has."""
    everywhere = (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.INTERNAL_SERVER_ERROR)
    return _documented(sorted({*statuses, *everywhere}))


def _documented(statuses: Iterable[HTTPStatus]) -> dict[int | str, dict[str, Any]]:
    return {
        int(status): {
            "description": _WHEN[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for status in statuses
    }


UNAVAILABLE: Final = HTTPStatus.SERVICE_UNAVAILABLE
UNREADABLE: Final = HTTPStatus.BAD_REQUEST
CONFLICT: Final = HTTPStatus.CONFLICT
NOT_FOUND: Final = HTTPStatus.NOT_FOUND
INVALID: Final = HTTPStatus.UNPROCESSABLE_ENTITY
REFUSALS: Final = _documented(
    (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.TOO_MANY_REQUESTS,
    )
)
"""What may be answered before an operation begins."""
