"""Without a key somebody may send webhooks, within bounds of size, time and memory."""

import asyncio

import httpx
import pytest
from fastapi import Depends, FastAPI

from services.connect.receive import MOST_BYTES
from services.platform.access.needs import needs, signed
from services.platform.access.route_access import UndeclaredRouteError, route_table
from services.platform.access.scope import KeyKind, Scope
from services.platform.http.request_body import Bounds
from tests.services.api.test_admission import BUFFERS, CHUNK, CHUNKED
from tests.services.api.whole_api import Operation, Outcome, Quick, app_with, send, served
from tests.services.ingest.messages import order
from tests.services.platform.access.keys import made, records
from tests.services.platform.access.test_gate import Kept, bearer, gate_over
from tests.waits import LONGEST_WAIT_S

KEY, SECRET = made(KeyKind.WRITE)
WEBHOOK = Operation("POST", "/v1/connect/shopify/main")


def app(bounds: Bounds) -> FastAPI:
    """The API without Kafka, with a key, so that it is open to nobody."""
    return app_with(gate_over(Kept(records(KEY)), bounds=bounds))


async def one(bounds: Bounds, *headers: str, piece: bytes, pause_s: float = 0.0) -> Outcome:
    async with served(app(bounds)) as port:
        return await send(port, WEBHOOK, *headers, piece=piece, pause_s=pause_s)


@pytest.mark.parametrize("kind", [CHUNKED, "Content-Length: 300000000"])
async def test_an_endless_body_is_cut_off(kind: str) -> None:
    piece = CHUNK if kind == CHUNKED else b"a" * 65_536
    found = await one(Bounds(), kind, piece=piece)
    assert found.status == 413
    assert found.taken < MOST_BYTES + Quick.linger_body_bytes + BUFFERS


async def test_a_slow_body_is_given_up_on() -> None:
    found = await one(Bounds(body_s=0.3), "Content-Length: 1000", piece=b"a", pause_s=0.02)
    assert found.status == 408


async def test_a_flood_of_webhooks_takes_no_room_from_senders_with_a_key() -> None:
    """Their memory is used up by one that does not end, and that of others is not."""
    bounds = Bounds(body_s=LONGEST_WAIT_S, signed_under_way_bytes=200_000)
    async with (
        served(app(bounds)) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=LONGEST_WAIT_S) as client,
    ):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST {WEBHOOK.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 190000\r\n\r\n"
        writer.write(head.encode() + b"a" * 150_000)
        await writer.drain()
        async with asyncio.timeout(LONGEST_WAIT_S):
            while True:
                webhook = await client.post(WEBHOOK.path, content=b"a" * 100_000)
                if webhook.status_code == 429:
                    break
        sent = {**order(1), "filler": "a" * 10_000}
        with_key = await client.post(
            "/v1/batch", json={"batch": [sent] * 30}, headers=bearer(SECRET)
        )
        writer.close()
    assert webhook.json()["code"] == "busy"
    assert with_key.json()["code"] == "kafka-away", "it was read, and there is no Kafka"


async def test_before_the_sources_are_read_the_shop_is_asked_to_send_again() -> None:
    """There is no Kafka: nobody knows whether the source exists."""
    async with (
        served(app(Bounds())) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=LONGEST_WAIT_S) as client,
    ):
        answer = await client.post(WEBHOOK.path, content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (503, "sources-not-read")
    assert answer.headers["retry-after"] == "1"


def test_a_route_is_for_keys_or_for_signatures_and_not_for_both() -> None:
    found = FastAPI(openapi_url=None)
    both = [Depends(needs(Scope.INGEST)), Depends(signed(most_bytes=1))]

    @found.post("/both", dependencies=both)
    async def either() -> None:
        """Nobody has decided."""

    with pytest.raises(UndeclaredRouteError, match="/both"):
        route_table(found, ())
