"""Health, readiness, metrics, and the API's description of itself."""

import re
from typing import Any

import httpx
import pytest
from fastapi.openapi.models import OpenAPI

from services.platform.kafka.worker_lag import LagWatch, PartitionLag
from services.platform.settings import Settings
from tests.services.api.conftest import Model
from tests.services.projector.records import micros, trigger
from tests.services.projector.world import World

INGEST = {"400", "408", "413", "415", "429", "503"}
CALLS = ("track", "identify", "alias", "page", "screen", "group", "batch", "import")
SOURCES = ("shop", "social", "support")
HOOKS = "/v1/webhooks/subscriptions"
WEBHOOKS = {
    "POST {}": {"400", "409", "422", "503"},
    "GET {}": {"503"},
    "GET {}/{{subscription_id}}": {"404", "422", "503"},
    "PATCH {}/{{subscription_id}}": {"400", "404", "422", "503"},
    "DELETE {}/{{subscription_id}}": {"404", "422", "503"},
    "POST {}/{{subscription_id}}/rotate-secret": {"400", "404", "422", "503"},
    "POST {}/{{subscription_id}}/ping": {"404", "422", "503"},
    "GET {}/{{subscription_id}}/exhausted": {"404", "422", "503"},
    "POST {}/{{subscription_id}}/exhausted/resend": {"404", "422", "503"},
    "POST {}/{{subscription_id}}/exhausted/{{delivery_id}}/resend": {"404", "422", "503"},
}
SIGNED = "POST /v1/connect/{kind}/{source}"
OPERATIONS = {
    SIGNED: {"400", "401", "404", "408", "413", "415", "422", "429", "503"},
    "GET /v1/customers": {"422", "503"},
    "GET /v1/customers/{customer_id}": {"404", "422", "503"},
    "POST /v1/customers/{customer_id}/export": {"404", "422", "503"},
    "POST /v1/customers/{customer_id}/erase": {"422", "503"},
    "POST /v1/customers/{customer_id}/suppress": {"400", "422", "503"},
    "POST /v1/customers/{customer_id}/unsuppress": {"400", "422", "503"},
    "GET /v1/suppressions": {"422", "503"},
    "GET /v1/erasures/{erasure_id}": {"404", "422", "503"},
    "GET /v1/customers/{customer_id}/transitions": {"404", "422", "503"},
    "GET /v1/customers/{customer_id}/triggers": {"404", "422", "503"},
    "GET /v1/customers/{customer_id}/why": {"404", "422", "503"},
    "GET /v1/customers/{customer_id}/stream": {"404", "422", "503"},
    "GET /v1/dead-letters": {"422", "503"},
    "GET /v1/dead-letters/{letter_id}": {"404", "422", "503"},
    "POST /v1/dead-letters/retry": INGEST | {"422"},
    "GET /v1/held": {"422", "503"},
    "POST /v1/held/release": {"400", "404", "422", "503"},
    "POST /v1/held/dismiss": {"400", "404", "422", "503"},
    "POST /v1/policy/trials": {"400", "409", "422", "503"},
    "GET /v1/policy/trials": {"503"},
    "GET /v1/policy/trials/{trial_id}": {"404", "422", "503"},
    "GET /v1/policy/trials/{trial_id}/progress": {"404", "422", "503"},
    "DELETE /v1/policy/trials/{trial_id}": {"404", "409", "422", "503"},
    "GET /v1/segments": {"503"},
    "GET /v1/triggers": {"422", "503"},
    "GET /v1/triggers/stream": {"422", "503"},
    **dict.fromkeys((f"POST /v1/events/{source}" for source in SOURCES), INGEST),
    **dict.fromkeys((f"POST /v1/{call}" for call in CALLS), INGEST),
    **{name.format(HOOKS): problems for name, problems in WEBHOOKS.items()},
    "GET /healthz": set(),
    "GET /readyz": {"503"},
    "GET /metrics": {"503"},
}
OPEN_TO_ALL = {"GET /healthz", "GET /readyz", SIGNED}
REFUSALS = {"400", "401", "403", "408", "413", "415", "429"}


async def test_ready_while_the_projector_keeps_up(api: httpx.AsyncClient, model: Model) -> None:
    await model.clock(0, micros(0))
    answer = await api.get("/readyz")
    assert answer.status_code == 200
    readiness = answer.json()
    readiness.pop("sources", None)  # Other tests may have made the sources.
    assert readiness == {
        "status": "ready",
        "lag": 0,
        "behind_s": 0.1,
        "as_of": "2026-01-01T12:00:00Z",
    }


async def test_a_partition_that_stands_still_is_named_and_takes_nobody_out(
    world: World, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API is ready all the same: no other process of it could do better."""

    async def update(watch: LagWatch) -> None:
        watch.partitions = (
            PartitionLag(0, 0, None, 0.0),
            PartitionLag(1, 5, 1_000.0, 29.0),
            PartitionLag(2, 7, 900.0, 129.0),
        )

    monkeypatch.setattr(LagWatch, "update", update)
    await model.clock(0, micros(0))
    async with world.serving() as api:
        answer, metrics = await api.get("/readyz"), (await api.get("/metrics")).text

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["sources"] == {
        "lag": 12,
        "standing_still": [{"partition": 2, "lag": 7, "since": "1970-01-01T00:15:00Z"}],
    }
    for line in (
        "stammkunde_sources_up 1.0",
        'stammkunde_sources_lag_records{partition="1"} 5.0',
        'stammkunde_sources_still_seconds{partition="2"} 129.0',
    ):
        assert line in metrics.splitlines(), metrics


async def test_a_kafka_that_cant_say_how_far_the_workers_are_is_no_fault_of_the_api(
    world: World, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says nothing of them then."""

    async def update(watch: LagWatch) -> None:
        watch.partitions = None

    monkeypatch.setattr(LagWatch, "update", update)
    await model.clock(0, micros(0))
    async with world.serving() as api:
        answer, metrics = await api.get("/readyz"), (await api.get("/metrics")).text

    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert "sources" not in answer.json()
    assert "stammkunde_sources_up 0.0" in metrics.splitlines()


async def test_not_ready_while_the_projector_catches_up(
    api: httpx.AsyncClient, model: Model
) -> None:
    for behind_s in (None, 5.1):
        await model.live(lag=77, behind_s=behind_s)
        answer = await api.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:stammkunde:problem:projector-behind"
        assert "77 records" in answer.json()["detail"]


async def test_not_ready_once_the_projector_is_gone(api: httpx.AsyncClient, model: Model) -> None:
    await model.rows("c-1")
    await model.die()
    answer = await api.get("/readyz")
    assert answer.status_code == 503
    assert "stammkunde projector" in answer.json()["detail"]
    assert (await api.get("/v1/customers/c-1")).status_code == 200
    assert (await api.get("/healthz")).status_code == 200


async def test_metrics_say_what_there_is_and_what_was_asked(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.rows("c-1", "c-2")
    await model.clock(0, micros(0))
    await model.record(trigger("c-1", 1, "wake_up"))
    await model.live(lag=3, behind_s=0.5)
    await api.get("/v1/customers/c-1")
    await api.get("/v1/customers/nobody")
    await api.get("/v1/customers/c%2F1/why")
    await api.get("/nothing/here")
    text = (await api.get("/metrics")).text
    requests = "stammkunde_http_requests_total"
    for line in (
        'stammkunde_customers{segment="new"} 2.0',
        'stammkunde_customers{segment="at_risk"} 0.0',
        'stammkunde_triggers{rule="wake_up"} 1.0',
        'stammkunde_triggers{rule="win_back"} 0.0',
        "stammkunde_read_model_up 1.0",
        "stammkunde_projector_up 1.0",
        "stammkunde_projector_lag_records 3.0",
        "stammkunde_projector_behind_seconds 0.5",
        "stammkunde_projector_skipped_records 0.0",
        f'{requests}{{method="GET",route="/v1/customers/{{customer_id}}",status="200"}} 1.0',
        f'{requests}{{method="GET",route="/v1/customers/{{customer_id}}",status="404"}} 1.0',
        f'{requests}{{method="GET",route="/v1/customers/{{customer_id}}/why",status="404"}} 1.0',
        f'{requests}{{method="GET",route="unmatched",status="404"}} 1.0',
    ):
        assert line in text.splitlines(), f"{line}\n{text}"
    assert re.search(r"^stammkunde_read_model_age_seconds \d", text, re.MULTILINE)


async def test_the_description_is_whole(api: httpx.AsyncClient) -> None:
    document = (await api.get("/openapi.json")).json()
    OpenAPI.model_validate(document)
    described = {
        f"{method.upper()} {path}": operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert set(described) == set(OPERATIONS)
    assert "as_of" in document["info"]["description"]
    for name, problems in OPERATIONS.items():
        operation = described[name]
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"]
        assert ("security" in operation) == (name not in OPEN_TO_ALL)
        refusals = set() if name in OPEN_TO_ALL else REFUSALS
        expected = {"405", "500"} | problems | refusals
        good = {status for status in operation["responses"] if status.startswith("2")}
        assert len(good) == 1
        assert set(operation["responses"]) - good == expected, name
        for status in expected:
            assert list(operation["responses"][status]["content"]) == ["application/problem+json"]


async def test_every_reference_in_the_description_leads_somewhere(api: httpx.AsyncClient) -> None:
    document = (await api.get("/openapi.json")).json()
    for reference in references(document):
        found: Any = document
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
        assert found


async def test_the_names_in_the_description_are_the_contracts(api: httpx.AsyncClient) -> None:
    schemas = (await api.get("/openapi.json")).json()["components"]["schemas"]
    assert {"from", "to"} <= set(schemas["Transition"]["properties"])
    assert {"Customer", "Trigger", "RuleExplanation", "ProblemDetails"} <= set(schemas)


async def test_it_listens_on_this_machine_only(world: World, api: httpx.AsyncClient) -> None:
    assert api.base_url.host == "127.0.0.1" == Settings().api_host


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [each for value in part.values() for each in references(value)]
    if isinstance(part, list):
        return [each for value in part for each in references(value)]
    return []
