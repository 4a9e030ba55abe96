"""The suppression list over HTTP: to read it, and to change it."""

import json
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas import topics
from schemas.messages import SOURCE_MESSAGE
from schemas.topics import catalogue
from services.platform.kafka.topics.ensure import ensure_topics
from tests.services.api.conftest import Model
from tests.services.projector.records import BOOK, event, micros, state
from tests.services.projector.world import World, eventually
from topology.agents.record_router import RecordRouter
from topology.agents.sizes import DEFAULTS
from topology.domain.advance import advance
from topology.domain.rows.row import encode_row

LIST = "/v1/suppressions"


def row(customer: str, *words: tuple[str, float, dict[str, Any]]) -> bytes:
    """A customer with an order on day 0, of whom this was said on those days."""
    found = state(customer, 0)
    for name, days, properties in words:
        word = event(customer, f"Customer {name}", days, properties)
        step = advance(found, word, micros(500), BOOK)
        assert step.state is not None
        found = step.state
    return encode_row(found)


async def listed(api: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await api.get(LIST, params=params)
    assert answer.status_code == 200, answer.text
    return [each["customer_id"] for each in answer.json()["items"]]


async def test_it_lists_who_is_on_it_since_when_and_why(
    api: httpx.AsyncClient, model: Model
) -> None:
    """Not who has been taken off, and nobody else."""
    await model.entries(
        {
            "a": row("a", ("Suppressed", 1, {"reason": "by letter"})),
            "b": row("b", ("Suppressed", 1, {}), ("Unsuppressed", 2, {})),
            "c": row("c"),
            "d": row("d", ("Suppressed", 3, {})),
        }
    )
    await model.clock(0, micros(3))
    answer = (await api.get(LIST)).json()

    since = {"since": "2026-01-02T12:00:00Z", "reason": "by letter"}
    assert answer["items"] == [
        {"customer_id": "a", "names": ["a"], **since},
        {"customer_id": "d", "names": ["d"], "since": "2026-01-04T12:00:00Z", "reason": None},
    ]
    assert answer["next"] is None
    assert answer["as_of"] == "2026-01-04T12:00:00Z"
    assert (await api.get("/v1/customers/a")).json()["suppressed"] == since
    kept = (await api.post("/v1/customers/b/export")).json()["records"]["suppression"]
    assert kept == {"at": "2026-01-03T12:00:00Z", "suppressed": False, "reason": None}


async def test_it_is_read_in_pages(api: httpx.AsyncClient, model: Model) -> None:
    """With a cursor of its own."""
    rows = {name: row(name, ("Suppressed", 1, {})) for name in "abcde"}
    await model.entries(rows)
    first = (await api.get(LIST, params={"limit": 2})).json()
    second = (await api.get(LIST, params={"limit": 2, "cursor": first["next"]})).json()

    assert [each["customer_id"] for each in first["items"] + second["items"]] == [*"abcd"]
    assert await listed(api, cursor=second["next"]) == ["e"]
    foreign = (await api.get("/v1/customers", params={"limit": 1})).json()["next"]
    assert (await api.get(LIST, params={"cursor": foreign})).status_code == 422


async def test_who_is_taken_off_or_erased_is_no_longer_listed(
    api: httpx.AsyncClient, model: Model
) -> None:
    """And the counts of customers know nothing of the list."""
    await model.entries({name: row(name, ("Suppressed", 1, {})) for name in "abc"})
    await model.entries({"a": row("a", ("Suppressed", 1, {}), ("Unsuppressed", 2, {}))})
    await model.removed("b")

    assert await listed(api) == ["c"]
    counts = (await api.get("/v1/segments")).json()
    assert counts["customers"] == 2
    assert counts["segment"]["new"] == 2


async def test_an_opt_out_lies_in_kafka_when_it_is_answered(world: World) -> None:
    """As a message of the contract, in the partition of its profile, for everybody who replays."""
    await ensure_topics(world.kafka, catalogue(world.app_id), 8)
    name = f"instagram:{world.app_id}"
    async with world.serving() as api:
        path = f"/v1/customers/{name}"
        await eventually(lambda: taken(api, f"{path}/unsuppress"), "Kafka is connected")
        answer = await api.post(f"{path}/suppress", json={"reason": "hard bounce"})

    assert answer.status_code == 202
    messages = await messages_of(world.kafka, name)
    last = SOURCE_MESSAGE.validate_json(json.dumps(messages[-1]))
    assert [each["event"] for each in messages] == ["Customer Unsuppressed", "Customer Suppressed"]
    assert last.profile == name
    assert last.user_id is None
    assert messages[-1]["properties"] == {"reason": "hard bounce"}
    assert last.timestamp is None  # The broker's counts: nothing that came before is later.
    assert answer.json() | {"at": ""} == {"customer_id": name, "suppressed": True, "at": ""}


async def taken(api: httpx.AsyncClient, path: str) -> bool:
    return (await api.post(path)).status_code == 202


async def messages_of(kafka: str, name: str) -> list[dict[str, Any]]:
    """What the topic holds under a name, in its partition."""
    home = TopicPartition(topics.SUPPORT_EVENTS, RecordRouter(8, DEFAULTS).home(name.encode()))
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([home])
        await consumer.seek_to_beginning(home)
        end = (await consumer.end_offsets([home]))[home]
        found = []
        while await consumer.position(home) < end:
            record = await consumer.getone()
            if record.key == name.encode():
                found.append(json.loads(record.value or b""))
    finally:
        await consumer.stop()
    return found


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("n" * 257, {}, "customer_id"),
        ("%00clock", {}, "customer_id"),
        ("c-1", {"reason": "x" * 201}, "reason"),
        ("c-1", {"purpose": "sms"}, "purpose"),
    ],
)
async def test_what_can_not_be_kept_is_refused(
    api: httpx.AsyncClient, name: str, body: dict[str, Any], field: str
) -> None:
    """By the name of what is wrong."""
    answer = await api.post(f"/v1/customers/{name}/suppress", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
