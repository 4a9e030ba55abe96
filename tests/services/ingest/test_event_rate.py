"""A key may send so many events, however few requests it makes."""

import json

import httpx
import pytest

from services.platform.access.rate_limit import Rate
from services.platform.access.scope import KeyKind
from tests.services.api.whole_api import app_with, served
from tests.services.ingest.messages import order
from tests.services.platform.access.keys import made, records
from tests.services.platform.access.test_gate import Clock, Kept, bearer, gate_over


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import", "/v1/events/shop"])
async def test_above_its_rate_of_events_a_key_has_to_wait(path: str) -> None:
    """429 with the seconds to wait; within the rate it is 503 here, where no Kafka is."""
    key, secret = made(KeyKind.WRITE)
    key = key.model_copy(update={"event_rate": Rate(per_second=2, burst=10)})
    clock = Clock()
    events = [order(n) for n in range(8)]
    body = json.dumps(events if "events" in path else {"batch": events})
    async with (
        served(app_with(gate_over(Kept(records(key)), clock=clock))) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=bearer(secret)) as api,
    ):
        assert (await api.post(path, content=body)).status_code == 503
        refused = await api.post(path, content=body)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "3")
        assert "events" in refused.json()["detail"]
        clock.now += 3
        assert (await api.post(path, content=body)).status_code == 503
