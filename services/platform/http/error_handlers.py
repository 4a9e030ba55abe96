"""Turns every error of a request into a problem."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from services.platform.faults import KafkaUnreachableError, TableError
from services.platform.http.problems import (
    FieldError,
    HttpProblem,
    InvalidField,
    KafkaAway,
    Problem,
)


def install(app: FastAPI) -> None:
    """Give `app` a handler for each kind of error."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(TableError, _on_kafka_error)
    app.add_exception_handler(KafkaUnreachableError, _on_kafka_error)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - Starlette's signature is wider
    return error.response(request.url.path)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - the same
    return InvalidField(_field_errors(error.errors())).response(request.url.path)


def _field_errors(found: Sequence[Any]) -> list[FieldError]:
    return [
        FieldError(field=".".join(map(str, each["loc"][1:])) or "body", message=_message(each))
        for each in found
    ]


def _message(found: dict[str, Any]) -> str:
    if found["type"] == "extra_forbidden":
        return "this parameter is not known here"
    if found["type"] == "model_attributes_type":
        return "send a JSON object, with the header Content-Type: application/json"
    return str(found["msg"]).removeprefix("Value error, ")


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the same
    status, headers = HTTPStatus(error.status_code), error.headers or {}
    return HttpProblem(status, str(error.detail), headers).response(request.url.path)


async def _on_kafka_error(request: Request, error: Exception) -> Response:
    structlog.get_logger().warning(
        "kafka_request_failed", reason=str(error) or type(error).__name__
    )
    return KafkaAway(str(error)).response(request.url.path)
