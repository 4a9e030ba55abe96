"""Over HTTP, too: whatever the validator takes, every operation answers."""

import json
from collections.abc import Iterable
from urllib.parse import quote

import httpx

from schemas import topics
from schemas.transition import Transition
from schemas.trigger import Trigger
from tests.services.anything import WORST, worst
from tests.services.api.conftest import Model
from tests.services.api.streams.sse import listening
from tests.topology.agents.partitions import Partitions
from tests.topology.agents.records import NOW
from topology.batching.handler import Output


def lived() -> Partitions:
    """What comes of the worst messages, and of two months more."""
    there = Partitions(count=1)
    there.produce(*worst(), at=0)
    there.drain()
    there.tick(0, NOW)
    there.drain()
    refused = [each for each in there.letters() if each[0] != "too_many_names"]
    assert not refused
    return there


def values(outputs: Iterable[Output], topic: str) -> list[bytes]:
    """What came out on a topic."""
    return [each.value or b"" for each in outputs if each.topic == topic]


async def test_every_operation_answers(api: httpx.AsyncClient, model: Model) -> None:
    """Lists, views, reasons, histories, exports, streams and metrics, of customers of any name."""
    there = lived()
    await model.entries({key.decode(): value for key, value in there.rows[0].items()})
    transitions = values(there.outputs, topics.TRANSITIONS)
    raised = values(there.outputs, topics.TRIGGERS)
    assert min(len(transitions), len(raised)) >= len(WORST)
    await model.record(*map(Transition.model_validate_json, transitions))
    await model.record(*map(Trigger.model_validate_json, raised))

    for path in ("/v1/customers", "/v1/segments", "/v1/suppressions", "/v1/triggers", "/metrics"):
        answer = await api.get(path, params={"limit": 1000} if path < "/v1/s" else {})
        assert answer.status_code == 200, (path, answer.text)
    listed = (await api.get("/v1/customers", params={"limit": 100})).json()["items"]
    assert {each["customer_id"] for each in listed} >= set(WORST)
    page = (await api.get("/v1/customers", params={"limit": 1})).json()
    rest = await api.get("/v1/customers", params={"limit": 100, "cursor": page["next"]})
    assert page["items"] + rest.json()["items"] == listed
    for name in WORST:
        own = f"/v1/customers/{quote(name, safe='')}"
        for path in (own, f"{own}/why", f"{own}/transitions?limit=1", f"{own}/triggers?limit=1"):
            answer = await api.get(path)
            assert answer.status_code == 200, (path, answer.text)
            assert json.loads(answer.content)
        export = await api.post(f"{own}/export")
        assert export.status_code == 200, export.text
        assert export.json()["customer"]["customer_id"] == name
        after = (await api.get(f"{own}/transitions?limit=1")).json()["next"]
        if after is not None:
            assert (await api.get(f"{own}/transitions", params={"cursor": after})).is_success
        async with listening(api, f"{own}/stream") as events:
            assert (await events.next()).data["customer_id"] == name
    async with listening(api, "/v1/triggers/stream") as events:
        found = await events.take(len(raised))
        assert [each.data["trigger_id"] for each in found] == [
            json.loads(each)["trigger_id"] for each in raised
        ]
