"""Dead letters over HTTP, in a real Kafka: listed, shown, counted, retried."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from schemas import topics
from services.tools.local_stack import Addresses
from tests.services.dead_letters.letters import POLICY_WITH_POUNDS, in_pounds
from tests.services.ingest.conftest import Written, headers_of, until_up
from tests.services.ingest.messages import Json, order
from tests.services.projector.world import World, eventually
from tests.topology.batching.kafka import producing

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def with_rate(
    stack: Addresses, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """The API of a policy that has a rate of pounds."""
    file = tmp_path_factory.mktemp("policy") / "pounds.yaml"
    file.write_text(POLICY_WITH_POUNDS)
    async with (
        Redis.from_url(stack.redis) as redis,
        World(stack.kafka, stack.redis, redis).serving(policy=file) as client,
    ):
        await until_up(client)
        yield client


async def letters_of(api: httpx.AsyncClient, who: str, **query: Any) -> list[Json]:
    answer = await api.get("/v1/dead-letters", params={"customer": who, "since": "1h", **query})
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def retry(api: httpx.AsyncClient, **body: Any) -> Json:
    answer = await api.post("/v1/dead-letters/retry", json=body)
    assert answer.status_code == 200, answer.text
    answered: Json = answer.json()
    return answered


async def test_a_currency_without_a_rate_is_tried_again_once_there_is_one(
    api: httpx.AsyncClient, with_rate: httpx.AsyncClient, written: Written, who: str
) -> None:
    message = in_pounds(1, who)
    batch = {"batch": [message, in_pounds(2, who)], "context": {"channel": "store"}}
    await api.post("/v1/batch", json=batch)
    await written.skip()
    second, first = sorted(
        await letters_of(api, who), key=lambda each: -int(each["source"]["offset"])
    )
    assert (first["reason"], first["customer"]) == ("no_exchange_rate", who)
    assert first["source"] == {"topic": "/v1/batch", "partition": 0, "offset": 0}
    letter = (await api.get(f"/v1/dead-letters/{first['id']}")).json()
    assert json.loads(letter["value"]) == message

    refused = await retry(api, ids=[first["id"]])
    assert (refused["retried"], refused["refused"]) == ({}, {"no_exchange_rate": 1})
    assert "no rate of GBP" in refused["letters"][0]["detail"]
    dry = await retry(with_rate, filter={"customer": who}, dry_run=True)
    assert (dry["dry_run"], dry["retried"]) == (True, {"no_exchange_rate": 2})
    assert await written.records() == []

    done = await retry(with_rate, filter={"customer": who, "reason": ["no_exchange_rate"]})
    assert done["retried"] == {"no_exchange_rate": 2}
    assert {each["id"] for each in done["letters"]} == {first["id"], second["id"]}
    assert done["next"] is None
    arrived = await written.records()
    assert {each.topic for each in arrived} == {topics.SHOP_EVENTS}
    assert {json.loads(each.value or b"")["messageId"] for each in arrived} == {"m-1", "m-2"}
    assert all(json.loads(each.value or b"")["context"]["channel"] == "store" for each in arrived)
    assert {headers_of(each)["retry-of"] for each in arrived} == {
        f"journey.dead-letters.v1-{each['id']}" for each in (first, second)
    }


async def test_letters_from_kafka_go_to_their_topic_as_received(
    with_rate: httpx.AsyncClient, written: Written, stack: Addresses, who: str
) -> None:
    """Also letters of another program, with a value that is no UTF-8."""
    value = json.dumps(in_pounds(1, who), indent=2).encode()
    headers = [("reason", b"no_exchange_rate"), ("source-topic", b"shop.events.v1")]
    headers += [("source-partition", b"1"), ("source-offset", b"4"), ("quiet", b"true")]
    async with producing(stack.kafka) as producer:
        for key, data in ((b"a key", value), (who.encode(), b"\xff\x00")):
            await producer.send_and_wait(topics.DEAD_LETTERS, data, key=key, headers=headers)
    bad, good = sorted(await letters_of(with_rate, who), key=lambda each: each["bytes"])
    assert (await with_rate.get(f"/v1/dead-letters/{bad['id']}")).json()["value_base64"] == "/wA="
    await written.skip()
    done = await retry(with_rate, ids=[bad["id"], good["id"], good["id"], "0-999999999"])
    assert done["retried"] == {"no_exchange_rate": 1}
    assert done["refused"] == {"no_exchange_rate": 1, "missing": 1}
    [sent] = await written.records()
    assert (sent.topic, sent.key, sent.value) == (topics.SHOP_EVENTS, b"a key", value)
    assert headers_of(sent)["retry-of"] == "shop.events.v1-1-4"
    assert headers_of(sent)["quiet"] == "true"


async def test_pages_are_newest_first_and_each_letter_is_on_one(
    api: httpx.AsyncClient, who: str
) -> None:
    """Those that come meanwhile are on none of them."""
    for number in range(7):
        await api.post("/v1/track", json=in_pounds(number, who))
    found: list[Json] = []
    query: dict[str, Any] = {"customer": who, "limit": 3}
    while True:
        page = (await api.get("/v1/dead-letters", params=query)).json()
        found += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
        await api.post("/v1/track", json=in_pounds(9, who))
    assert len(found) == len({each["id"] for each in found}) == 7
    assert [each["at"] for each in found] == sorted((each["at"] for each in found), reverse=True)


async def test_filters_let_through_what_they_name(api: httpx.AsyncClient, who: str) -> None:
    await api.post("/v1/track", json=in_pounds(1, who))
    await api.post("/v1/track", json=order(2, userId=who, timestamp="1970-01-01T00:00:00Z"))
    for query, reasons in (
        ({}, {"no_exchange_rate", "time_too_early"}),
        ({"reason": ["time_too_early", "not_json"]}, {"time_too_early"}),
        ({"topic": "/v1/track"}, {"no_exchange_rate", "time_too_early"}),
        ({"topic": "shop"}, set()),
        ({"until": "1h"}, set()),
        ({"since": "2999-01-01"}, set()),
        ({"limit": 1}, {"time_too_early"}),
    ):
        found = {each["reason"] for each in await letters_of(api, who, **query)}
        assert found == reasons, query


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"reason": "nojson"}, "reason"),
        ({"topic": "orders"}, "topic"),
        ({"since": "yesterday"}, "since"),
        ({"until": ""}, "until"),
        ({"cursor": "x"}, "cursor"),
        ({"limit": 0}, "limit"),
        ({"customers": "c"}, "customers"),
    ],
)
async def test_a_filter_that_can_not_be_used_is_named(
    api: httpx.AsyncClient, query: dict[str, Any], field: str
) -> None:
    answer = await api.get("/v1/dead-letters", params=query)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", ""),
        (b"[]", ""),
        (b"{}", ""),
        (b'{"ids": ["3-1"], "filter": {}}', ""),
        (b'{"ids": []}', "ids"),
        (b'{"ids": ["3-1", "x"]}', "ids.1"),
        (b'{"filter": {"reason": ["nojson"]}}', "filter.reason"),
        (b'{"filter": {}, "cursor": "x"}', "cursor"),
        (b'{"filter": {}, "limit": 0}', "limit"),
        (b'{"filter": {}, "all": true}', "all"),
    ],
)
async def test_a_body_that_can_not_be_used_is_named(
    api: httpx.AsyncClient, body: bytes, field: str
) -> None:
    answer = await api.post("/v1/dead-letters/retry", content=body)
    assert answer.status_code == 422, answer.text
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_portions_go_on_where_the_one_before_ended(
    with_rate: httpx.AsyncClient, api: httpx.AsyncClient, written: Written, who: str
) -> None:
    for number in range(5):
        await api.post("/v1/track", json=in_pounds(number, who))
    await written.skip()
    body: dict[str, Any] = {"filter": {"customer": who, "since": "1h"}, "limit": 2}
    sizes = []
    while True:
        done = await retry(with_rate, **body)
        sizes.append(sum(done["retried"].values()))
        if done["next"] is None:
            break
        body["cursor"] = done["next"]
    assert sum(sizes) == 5
    assert max(sizes) == 2
    assert len(await written.records()) == 5


async def test_what_is_not_there_is_not_found(api: httpx.AsyncClient) -> None:
    for place in ("0-99999999", "99-0", "nonsense"):
        assert (await api.get(f"/v1/dead-letters/{place}")).status_code == 404


async def test_the_metrics_count_what_the_topic_holds(api: httpx.AsyncClient) -> None:
    async def figure(name: str) -> float:
        lines = (await api.get("/metrics")).text.splitlines()
        answered = [line for line in lines if name in line and not line.startswith("#")]
        return next((float(line.rpartition(" ")[2]) for line in answered), 0.0)

    async def current() -> bool:
        return await figure("stammkunde_dead_letters_up") == 1

    await eventually(current, "all dead letters are counted")
    kind = '{reason="not_json",source="/v1/screen"}'
    before = await figure(kind)
    await api.post("/v1/screen", content=b"no json")

    async def one_more() -> bool:
        return await figure(kind) == before + 1

    await eventually(one_more, "the new one is counted")
