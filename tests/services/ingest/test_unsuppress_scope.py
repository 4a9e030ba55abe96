"""Only who may takes customers off the suppression list, whichever door they come through."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from schemas.topics import SUPPORT_EVENTS
from services.platform.access.scope import KeyKind, Scope
from services.tools.local_stack import Addresses
from tests.services.api.whole_api import app_with, served
from tests.services.ingest.conftest import Written, until_up
from tests.services.ingest.messages import order
from tests.services.platform.access.keys import made, records
from tests.services.platform.access.test_gate import Kept, bearer, gate_over
from tests.waits import LONGEST_WAIT_S

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SHOP, SHOP_SECRET = made(KeyKind.WRITE)
SUPPORT, SUPPORT_SECRET = made(KeyKind.WRITE, Scope.INGEST, Scope.UNSUPPRESS)
ADMIN, ADMIN_SECRET = made(KeyKind.ADMIN)
DEAD = "journey.dead-letters.v1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def keyed(stack: Addresses, consumer: Written) -> AsyncIterator[httpx.AsyncClient]:
    """The API with these keys, connected to Kafka."""
    gate = gate_over(Kept(records(SHOP, SUPPORT, ADMIN)))
    async with (
        served(app_with(gate, stack.kafka)) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=LONGEST_WAIT_S) as client,
    ):
        client.headers.update(bearer(ADMIN_SECRET))
        await until_up(client)
        client.headers.clear()
        yield client


def word(event: str = "Customer Unsuppressed", **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "userId": "c-1", "messageId": "m-word", **more}


ALONE = ["/v1/track", "/v1/events/support", "/v1/events/shop", "/v1/events/social"]
MIXED_PATHS = ["/v1/batch", "/v1/import", "/v1/events/support", "/v1/events/shop"]


@pytest.mark.parametrize("path", ALONE)
async def test_alone_it_is_forbidden(keyed: httpx.AsyncClient, written: Written, path: str) -> None:
    answer = await keyed.post(path, json=word(), headers=bearer(SHOP_SECRET))
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:stammkunde:problem:key-not-enough"
    assert "unsuppress" in answer.json()["detail"]
    assert await written.messages() == {}


@pytest.mark.parametrize("path", MIXED_PATHS)
async def test_among_others_it_is_listed_and_its_neighbours_are_taken(
    keyed: httpx.AsyncClient, written: Written, path: str
) -> None:
    events = [order(1), word(), word("Customer Suppressed", messageId="m-2"), {"bad": True}]
    body = json.dumps(events if "events" in path else {"batch": events})
    answer = await keyed.post(path, content=body, headers=bearer(SHOP_SECRET))

    assert answer.status_code == 200
    received = answer.json()
    assert received["accepted"] == 2
    refused, bad = received["rejected"]
    assert (refused["index"], refused["messageId"]) == (1, "m-word")
    assert refused["reason"] == "not_allowed"
    assert "unsuppress" in refused["detail"]
    assert bad["index"] == 3
    found = await written.messages()
    names = [str(each.get("event")) for topic in found if topic != DEAD for each in found[topic]]
    assert sorted(names) == ["Customer Suppressed", "Order Completed"]
    assert [each["source-offset"] for each in found[DEAD]] == ["3"]


@pytest.mark.parametrize("secret", [SUPPORT_SECRET, ADMIN_SECRET])
async def test_who_may_is_taken(keyed: httpx.AsyncClient, written: Written, secret: str) -> None:
    for path in ALONE:
        assert (await keyed.post(path, json=word(), headers=bearer(secret))).status_code == 200
    found = await written.messages()
    assert DEAD not in found
    assert {each["event"] for topic in found for each in found[topic]} == {"Customer Unsuppressed"}
    path = "/v1/customers/c-1/unsuppress"
    assert (await keyed.post(path, headers=bearer(secret))).status_code == 202
    assert len((await written.messages())[SUPPORT_EVENTS]) == 1


async def test_neither_may_a_write_key_by_the_operation(keyed: httpx.AsyncClient) -> None:
    path = "/v1/customers/c-1/unsuppress"
    assert (await keyed.post(path, headers=bearer(SHOP_SECRET))).status_code == 403
    path = "/v1/customers/c-1/suppress"
    assert (await keyed.post(path, headers=bearer(SUPPORT_SECRET))).status_code == 403
