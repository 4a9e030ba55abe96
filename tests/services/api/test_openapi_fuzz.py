"""Requests made up from the OpenAPI document, against the real API, Redis and Kafka.

Nothing that anybody may send leads to a server error, and every answer is as the document says.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.result import Err
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from schemas.topics import catalogue
from services.platform.kafka.topics.ensure import ensure_topics
from services.tools.local_stack import Addresses
from tests.services.api.conftest import Model
from tests.services.projector.records import transition, trigger
from tests.services.projector.world import World

SEED: Final = 20_261_122
"""The same requests each time. Another one finds other things: try some after a change."""
CONFORMS: Final = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES: Final = 4
"""Requests to each operation that it should take, and as many that it should not."""
STREAM_S: Final = 1.0
"""For so long what has no end is listened to."""
LOOKED_UP: Final = frozenset(
    {"Last-Event-ID", "cursor", "after", "rule", "rules", "segment", "stage", "tier", "care", "url"}
    | {"", "reason", "topic", "since", "until", "filter", "ids", "new", "old"}
)
"""Fields of which a schema does not say all: whether a cursor was made here, a host is there, a
text is a policy, or a policy has a value; and, without a name, that one of two fields is wanted."""
UNLIKELY: Final = (
    *("time_too_early", "time_in_future", "invalid_field: timestamp: in UTC"),
    *("unknown_currency", "no_exchange_rate", "no_profile"),
)
"""Why a message in good form may be refused: it depends on the present, or on the policy."""


def fuzz(url: str, document: dict[str, object], examples: int) -> list[str]:
    """Ask every operation for so many answers, and return what was wrong."""
    wrong = []
    schema = schemathesis.openapi.from_dict(document)
    for found in schema.get_all_operations():
        if isinstance(found, Err):
            raise found.err()
        operation = found.ok()
        for mode in GenerationMode:
            wrong += [f"{operation.label}: {each}" for each in _ask(operation, mode, url, examples)]
    return wrong


def _ask(
    operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, url: str, examples: int
) -> list[BaseException]:
    """Ask one operation with what it should take, or with what it should not."""

    @seed(SEED)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        if "wait" in (case.query or {}):
            case.query["wait"] = 0
        seconds = STREAM_S if case.path.endswith("/stream") else 10
        answer = case.call(base_url=url, timeout=seconds)
        case.validate_response(answer, checks=[*CONFORMS, *_more_checks(case, answer)])

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, operation.label  # It takes nothing at all.
    except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - all that is wrong is reported
        return leaves(error)
    return []


def _more_checks(case: Case[Any], answer: Response) -> list[CheckFunction]:
    """What is checked of some answers only."""
    # No projector is at work.
    checks: list[CheckFunction] = [] if case.path == "/readyz" else [not_a_server_error]
    # Of a message, what decides nothing is ignored, whatever it is.
    if "ingest" not in case.operation.tags:
        checks.append(negative_data_rejection)
    if not _is_about_more_than_form(answer):
        checks.append(positive_data_acceptance)
    return checks


def _is_about_more_than_form(answer: Response) -> bool:
    """Whether a request is refused for something that its schema can't say."""
    if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        return {each["field"].partition(".")[0] for each in answer.json()["errors"]} <= LOOKED_UP
    if answer.status_code == HTTPStatus.BAD_REQUEST:
        return str(answer.json()["detail"]).startswith(UNLIKELY)
    return False


def leaves(error: BaseException) -> list[BaseException]:
    """What is behind an error that Hypothesis or Schemathesis put together."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for each in error.exceptions for leaf in leaves(each)]
    return [error]


@pytest.mark.e2e
# The API, which runs beside the strategies here, may use chance.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
async def test_every_answer_is_as_the_document_says(
    stack: Addresses, world: World, model: Model
) -> None:
    await ensure_topics(stack.kafka, catalogue(world.app_id), 8)
    await model.rows("c-42", "c-43", complaint=1)
    await model.record(transition("c-42", 1), trigger("c-42", 1))
    async with world.serving(erasure_salt="a salt of the test") as api:
        document = (await api.get("/openapi.json")).json()
        print(f"seed {SEED}")  # noqa: T201 - pytest shows it if the test fails
        wrong = await asyncio.to_thread(fuzz, str(api.base_url), document, EXAMPLES)
        answered = (await api.get("/metrics")).text
    assert 'route="/v1/triggers",status="200"' in answered
    assert not wrong, "\n\n".join(wrong)
