"""The problems that an operation may answer with, for its documentation."""

from http import HTTPStatus
from typing import Any, Final

from services.api.problems import MEDIA_TYPE

_WHEN: Final = {
    HTTPStatus.NOT_FOUND: "No such customer has been seen.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Only GET is possible here.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A parameter can't be used; `errors` says which and why.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A bug. It has been logged.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Redis is away, or the read model is not built yet; `detail` "
    "says which and what to start.",
}


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of these problems, and of those that any operation has."""
    everywhere = (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.INTERNAL_SERVER_ERROR)
    return {
        int(status): {
            "description": _WHEN[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for status in sorted({*statuses, *everywhere})
    }


UNAVAILABLE: Final = HTTPStatus.SERVICE_UNAVAILABLE
NOT_FOUND: Final = HTTPStatus.NOT_FOUND
INVALID: Final = HTTPStatus.UNPROCESSABLE_ENTITY
