"""Requests made up from the OpenAPI document, against the real API, Redis and Kafka.

Nothing that anybody may send leads to a server error, and every answer is as the document says.
"""

import asyncio
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from schemas.topics import catalogue
from services.kafka_topics.ensure import ensure_topics
from services.local import Addresses
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
ENDLESS: Final = "/stream$"
"""What has no end has tests of its own, in `streams`."""


def fuzz(url: str, document: dict[str, object], examples: int) -> list[str]:
    """Ask every operation for so many answers, and return what was wrong."""
    wrong = []
    schema = schemathesis.openapi.from_dict(document).exclude(path_regex=ENDLESS)
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
        up = [] if case.path == "/readyz" else [not_a_server_error]  # No projector is at work.
        case.call_and_validate(base_url=url, checks=[*up, *CONFORMS], timeout=10)

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, operation.label  # It takes nothing at all.
    except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - all that is wrong is told
        return leaves(error)
    return []


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
    await model.say(transition("c-42", 1), trigger("c-42", 1))
    async with world.serving(erasure_salt="a salt of the test") as api:
        document = (await api.get("/openapi.json")).json()
        print(f"seed {SEED}")  # noqa: T201 - pytest shows it if the test fails
        wrong = await asyncio.to_thread(fuzz, str(api.base_url), document, EXAMPLES)
        answered = (await api.get("/metrics")).text
    assert 'route="/v1/triggers",status="200"' in answered
    assert not wrong, "\n\n".join(wrong)
