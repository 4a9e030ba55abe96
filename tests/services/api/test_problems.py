"""Every error is a problem that says what to do."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from services.platform.http.opaque_text import Kind, seal
from services.tools.local_stack import ValkeyServer
from tests.services.api.conftest import Model
from tests.services.projector.world import World, eventually
from tests.waits import LONGEST_WAIT_S

SEGMENTS = (
    "hibernating, at_risk, cant_lose, about_to_sleep, need_attention, loyal, promising, new, "
    "potential_loyalist, champions, none"
)


def check(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"urn:stammkunde:problem:{kind}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["instance"] == answer.request.url.raw_path.decode().partition("?")[0]
    assert ("errors" in problem) == (status == 422)
    return problem


@pytest.mark.parametrize("more", ["", "/transitions", "/triggers", "/why"])
async def test_an_unknown_customer(api: httpx.AsyncClient, more: str) -> None:
    problem = check(await api.get(f"/v1/customers/no%2Fbody{more}"), 404, "unknown-customer")
    assert "'no/body'" in problem["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/docs/nothing",
        "/docs/assets/nothing",
        "/v2/customers",
        "/v1/customers/",
        "/v1/customers/a/b",
    ],
)
async def test_an_unknown_path(api: httpx.AsyncClient, path: str) -> None:
    assert "/docs" in check(await api.get(path), 404, "not-found")["detail"]


async def test_a_method_that_is_not_there(api: httpx.AsyncClient) -> None:
    answer = await api.delete("/v1/customers/c-1")
    problem = check(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"
    assert "takes GET, and not DELETE" in problem["detail"]


async def test_a_body_that_curl_calls_a_form_learns_what_to_send(api: httpx.AsyncClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = '{"reason": "asked"}'
    answer = await api.post("/v1/customers/c-1/suppress", content=body, headers=form)
    assert check(answer, 422, "invalid-request")["detail"] == (
        "body: send a JSON object, with the header Content-Type: application/json"
    )


async def test_every_path_says_which_methods_it_takes(api: httpx.AsyncClient) -> None:
    """Also those that are no operations, such as the pages."""
    paths = (await api.get("/openapi.json")).json()["paths"]
    for path in (*paths, "/", "/docs", "/redoc", "/docs/assets/docs.js"):
        answer = await api.request("TRACE", re.sub(r"\{.*?\}", "x", path))
        problem = check(answer, 405, "method-not-allowed")
        allowed = answer.headers["allow"].split(", ")
        assert allowed, path
        assert f"takes {' or '.join(allowed)}, and not TRACE" in problem["detail"]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("customers?segment=lost", "segment", f"there is no segment 'lost'; there are {SEGMENTS}"),
        (
            "customers?care=x",
            "care",
            "there is no care 'x'; there are calm, complaint_open, recover",
        ),
        ("customers?tier=x", "tier", "there is no tier 'x'; there are C, B, A"),
        ("customers?stage=x", "stage", "there is no stage 'x'; there are prospect, lead, fo"),
        ("customers?limit=0", "limit", "greater than or equal to 1"),
        ("customers?limit=1001", "limit", "less than or equal to 1000"),
        ("customers?limit=ten", "limit", "valid integer"),
        ("customers?cursor=x", "cursor", "this is no cursor"),
        (f"customers?cursor={seal(Kind.TRIGGERS, b'')}", "cursor", "of another list"),
        ("customers?segmnet=new", "segmnet", "not known here"),
        ("triggers?after=x", "after", "this is no cursor"),
        (
            "triggers?rule=x",
            "rule",
            "there is no rule 'x'; there are service_recovery, rest, tidy_up, win_back",
        ),
        ("triggers?wait=61", "wait", "less than or equal to 60"),
        ("triggers?wait=nan", "wait", "less than or equal to 60"),
        ("triggers?limit=-1", "limit", "greater than or equal to 1"),
        ("triggers?before=x", "before", "not known here"),
    ],
)
async def test_a_parameter_that_cannot_be_used(
    api: httpx.AsyncClient, query: str, field: str, message: str
) -> None:
    problem = check(await api.get(f"/v1/{query}"), 422, "invalid-request")
    (error,) = problem["errors"]
    assert error["field"] == field
    assert message in error["message"]
    assert field in problem["detail"]


async def test_several_wrong_parameters_are_all_named(api: httpx.AsyncClient) -> None:
    problem = check(await api.get("/v1/triggers?limit=0&wait=-1"), 422, "invalid-request")
    assert {error["field"] for error in problem["errors"]} == {"limit", "wait"}


DATA = ["/v1/customers", "/v1/customers/c-1", "/v1/segments", "/v1/triggers", "/v1/triggers?wait=9"]


@pytest.mark.parametrize("path", DATA)
async def test_a_read_model_that_is_not_built(world: World, path: str) -> None:
    async with world.serving() as api:
        answer = await api.get(path)
    problem = check(answer, 503, "read-model-not-built")
    assert "stammkunde projector" in problem["detail"]
    assert answer.headers["retry-after"] == "1"


async def test_a_bug_shows_nothing_of_its_inside(api: httpx.AsyncClient, model: Model) -> None:
    await model.rows("c-1")
    keys = model.world.keys
    await model.world.redis.hset(keys.rows, "c-1", b"\0\0\0\0secret")
    with capture_logs() as logs:
        answer = await api.get("/v1/customers/c-1")
    check(answer, 500, "internal-error")
    (logged,) = [log for log in logs if log["event"] == "request_failed"]
    assert logged["route"] == "/v1/customers/{customer_id}"
    assert "c-1" not in str(logged)
    assert "secret" not in answer.text
    assert "Error" not in answer.text
    assert (await api.get("/v1/segments")).status_code == 200


async def test_redis_that_dies_is_reported_and_its_return_noticed(
    lone_world: World, valkey: ValkeyServer
) -> None:
    model = Model(lone_world)
    await model.begin()
    await model.rows("c-1")
    async with lone_world.serving() as api:
        assert (await api.get("/v1/customers/c-1")).status_code == 200
        valkey.kill()
        for path in ("/v1/customers/c-1", "/v1/triggers?wait=9", "/readyz"):
            problem = check(await api.get(path), 503, "redis-away")
            assert "REDIS_URL" in problem["detail"]
        assert (await api.get("/healthz")).json() == {"status": "ok"}
        assert "stammkunde_read_model_up 0.0" in (await api.get("/metrics")).text
        await valkey.start()

        async def answered() -> bool:
            return (await api.get("/v1/customers/c-1")).status_code == 200

        await eventually(answered, "it answers again")


async def test_redis_that_dies_ends_a_long_poll(lone_world: World, valkey: ValkeyServer) -> None:
    await Model(lone_world).begin()
    async with lone_world.serving() as api:
        polling = asyncio.create_task(api.get("/v1/triggers", params={"wait": 30}))

        async def waits() -> bool:
            return "stammkunde_http_waiting 1.0" in (await api.get("/metrics")).text

        await eventually(waits, "it waits")
        valkey.kill()
        async with asyncio.timeout(LONGEST_WAIT_S):
            check(await polling, 503, "redis-away")
