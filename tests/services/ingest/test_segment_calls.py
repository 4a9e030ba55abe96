"""What is sent in Segment's way is in Kafka when it is answered."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from schemas.messages import SOURCE_MESSAGE
from schemas.messages.event_names import unknown_event
from tests.services.ingest.conftest import Written
from tests.services.ingest.messages import identify, order

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SHOP, SOCIAL, SUPPORT = "shop.events.v1", "social.events.v1", "support.events.v1"


async def test_one_message_is_in_its_topic_under_its_profile(
    api: httpx.AsyncClient, written: Written
) -> None:
    answer = await api.post("/v1/track", json=order(1))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    (record,) = await written.records()
    assert (record.topic, record.key) == (SHOP, b"c-1")
    assert json.loads(record.value or b"")["properties"]["order_id"] == "o-1"


@pytest.mark.parametrize(
    ("call", "message", "topic", "event"),
    [
        ("identify", identify("c-1", city="Wien"), SHOP, None),
        ("alias", {"previousId": "anon-1", "userId": "c-1"}, SHOP, None),
        ("page", {"anonymousId": "anon-1", "name": "Home", "properties": {}}, SHOP, "Page Viewed"),
        ("screen", {"userId": "c-1", "name": "Basket"}, SHOP, "Screen Viewed"),
        ("track", {"userId": "c-1", "event": "Complaint Filed"}, SUPPORT, "Complaint Filed"),
    ],
)
async def test_every_call_that_means_something_is_taken(
    api: httpx.AsyncClient, written: Written, call: str, message: Any, topic: str, event: str | None
) -> None:
    answer = await api.post(f"/v1/{call}", json=message)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    ((found, (message,)),) = (await written.messages()).items()
    assert found == topic
    assert message.get("event") == event
    assert message["messageId"].startswith("api-")
    assert "timestamp" not in message
    assert "receivedAt" not in message


@pytest.mark.parametrize(
    ("call", "message"),
    [("group", {"userId": "c-1", "groupId": "g"}), ("track", {"userId": "c", "event": "Clicked"})],
)
async def test_what_means_nothing_here_is_acknowledged_and_counted(
    api: httpx.AsyncClient, written: Written, call: str, message: Any
) -> None:
    before = await ignored(api)
    answer = await api.post(f"/v1/{call}", json=message | {"messageId": "m"})
    ((ignored_one,),) = [answer.json()["ignored"]]
    assert answer.json() == {
        "success": True,
        "accepted": 0,
        "ignored": [ignored_one],
        "rejected": [],
    }
    assert (ignored_one["index"], ignored_one["messageId"], ignored_one["fields"]) == (0, "m", [])
    assert await written.records() == []
    assert await ignored(api) == before + 1


async def test_who_has_written_an_event_wrongly_learns_which_is_meant(
    api: httpx.AsyncClient, written: Written
) -> None:
    batch = [
        order(1, event="Ordr Completed"),
        order(2, event="Clicked"),
        order(3, event="x" * 9000),
    ]
    ignored = (await api.post("/v1/batch", json={"batch": batch})).json()["ignored"]
    assert [each["detail"] for each in ignored] == [
        unknown_event("Ordr Completed", "Order Completed"),
        "`Clicked` is no event that counts here",
        f"`{'x' * 60}…` is no event that counts here",
    ]
    assert await written.records() == []


async def test_each_opt_out_of_a_batch_under_another_name_learns_ours(
    api: httpx.AsyncClient,
) -> None:
    """However many unknown events stand before it."""
    names = [*(f"Unknown {n}" for n in range(30)), "Customer Unsubscribed", "Complaint Created"]
    batch = [order(n, event=name) for n, name in enumerate(names)]
    ignored = (await api.post("/v1/batch", json={"batch": batch})).json()["ignored"]
    assert [each["detail"] for each in ignored][-2:] == [
        unknown_event("Customer Unsubscribed", "Newsletter Unsubscribed"),
        unknown_event("Complaint Created", "Complaint Filed"),
    ]


async def test_ignored_fields_of_a_message_are_named_and_counted(
    api: httpx.AsyncClient, written: Written
) -> None:
    bad = {
        "order_id": "o",
        "total": 5,
        "currency": "EUR",
        "coupon": [],
        "products": [{"price": ""}],
    }
    batch = [order(1), order(2, properties=bad, anonymousId="undefined")]
    answer = (await api.post("/v1/batch", json={"batch": batch})).json()
    ((part,),) = [answer["ignored"]]
    assert (answer["accepted"], answer["rejected"]) == (2, [])
    assert (part["index"], part["messageId"]) == (1, "m-2")
    assert part["fields"] == ["anonymousId", "properties.coupon", "properties.products.price"]
    assert len(await written.records()) == 2
    assert (
        'stammkunde_ignored_fields_total{field="properties.coupon"}'
        in (await api.get("/metrics")).text
    )


CASES = [
    order(1, originalTimestamp="2026-11-20T10:15:00Z", timestamp=None),
    order(1, timestamp=1795169700000),
    order(1, type="TRACK", event="order_completed"),
    order(1, event="Completed Order"),
    order(1, anonymousId="undefined"),
    order(1, properties={"order_id": "o-1", "revenue": "59.90", "products": None}),
    order(1, context={"externalIds": [{"id": ""}]}, nan=10**30),
]


@pytest.mark.parametrize("message", CASES)
async def test_a_form_of_real_senders_is_written_in_the_contracts_form(
    api: httpx.AsyncClient, written: Written, message: Any
) -> None:
    answer = await api.post("/v1/batch", json={"batch": [message]})
    assert answer.json()["success"]
    assert not answer.json().get("rejected")
    ((message,),) = (await written.messages()).values()
    found = SOURCE_MESSAGE.validate_json(json.dumps(message))
    assert (found.profile, found.timestamp) == ("c-1", datetime(2026, 11, 20, 10, 15, tzinfo=UTC))
    assert found.properties.total == 59.9  # type: ignore[attr-defined]
    assert found.event == "Order Completed"  # type: ignore[attr-defined]


async def test_an_id_that_is_nobodys_is_refused_with_its_reason(
    api: httpx.AsyncClient, written: Written
) -> None:
    answer = await api.post("/v1/track", json=order(1, userId="undefined"))
    assert answer.status_code == 400
    assert "no_profile: the message names nobody: userId is" in answer.json()["detail"]
    ((topic, _),) = (await written.messages()).items()
    assert topic == "journey.dead-letters.v1"


async def ignored(api: httpx.AsyncClient) -> float:
    text = (await api.get("/metrics")).text
    name = 'stammkunde_ingest_messages_total{outcome="ignored"} '
    return sum(float(line.removeprefix(name)) for line in text.splitlines() if name in line)


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import"])
async def test_a_batch_goes_to_all_topics(
    api: httpx.AsyncClient, written: Written, path: str
) -> None:
    mention = {"event": "Social Mentioned", "properties": {"network": "x", "handle": "@me"}}
    batch = [order(1), identify("c-1"), {"type": "track", **mention}, order(2, type="track")]
    answer = await api.post(path, json={"batch": batch})
    assert answer.json() == {"success": True}
    found = await written.records()
    assert [(each.topic, each.key) for each in found if each.topic == SOCIAL] == [(SOCIAL, b"x:me")]
    assert len(found) == 4


async def test_the_good_ones_of_a_batch_are_taken_and_the_bad_ones_named(
    api: httpx.AsyncClient, written: Written
) -> None:
    bad = order(2, properties={"order_id": "o", "total": -1})
    batch = [order(1), bad, {"type": "track", "event": "Order Completed"}, 7, order(3)]
    answer = await api.post("/v1/batch", json={"batch": batch})
    assert answer.status_code == 200
    received = answer.json()
    assert (received["success"], received["accepted"], received["ignored"]) == (True, 2, [])
    assert [
        (each["index"], each["messageId"], each["reason"]) for each in received["rejected"]
    ] == [
        (1, "m-2", "negative_total"),
        (2, None, "invalid_field"),
        (3, None, "unknown_shape"),
    ]
    found = await written.messages()
    assert {each["messageId"] for each in found[SHOP]} == {"m-1", "m-3"}
    letters = {each["source-offset"]: each for each in found["journey.dead-letters.v1"]}
    assert json.loads(letters["1"]["value"]) == bad
    assert letters["1"]["reason"] == "negative_total"
    assert {each["source-topic"] for each in letters.values()} == {"/v1/batch"}


async def test_a_single_bad_message_is_refused_and_kept(
    api: httpx.AsyncClient, written: Written
) -> None:
    answer = await api.post("/v1/track", json=order(1, userId=None))
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["type"] == "urn:stammkunde:problem:message-refused"
    assert "no_profile" in problem["detail"]
    assert (problem["code"], problem["message"]) == ("message-refused", problem["detail"])
    ((topic, (letter,)),) = (await written.messages()).items()
    assert (topic, letter["reason"]) == ("journey.dead-letters.v1", "no_profile")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "text/plain;charset=UTF-8", ""])
async def test_the_content_type_does_not_matter(
    api: httpx.AsyncClient, written: Written, kind: str
) -> None:
    body = json.dumps({"batch": [order(1, userId="grün")]}, ensure_ascii=False).encode()
    answer = await api.post("/v1/batch", content=body, headers={"Content-Type": kind})
    assert answer.json() == {"success": True}
    assert [each.key for each in await written.records()] == ["grün".encode()]


async def test_a_body_may_be_packed(api: httpx.AsyncClient, written: Written) -> None:
    body = gzip.compress(json.dumps({"batch": [order(1)]}).encode())
    answer = await api.post("/v1/batch", content=body, headers={"Content-Encoding": "gzip"})
    assert answer.json() == {"success": True}
    assert len(await written.records()) == 1


async def test_a_plain_ending_takes_one_message_or_a_list(
    api: httpx.AsyncClient, written: Written
) -> None:
    assert (await api.post("/v1/events/support", json=order(1))).json() == {"success": True}
    assert (await api.post("/v1/events/shop", json=[order(2), order(3)])).status_code == 200
    found = await written.messages()
    assert [each["messageId"] for each in found[SUPPORT]] == ["m-1"]
    assert {each["messageId"] for each in found[SHOP]} == {"m-2", "m-3"}


async def test_a_plain_ending_refuses_an_event_that_nobody_knows(
    api: httpx.AsyncClient, written: Written
) -> None:
    answer = await api.post("/v1/events/shop", json=order(1, event="Clicked"))
    assert answer.status_code == 400
    assert "`Clicked` is no event that counts here. There are" in answer.json()["detail"]
    answer = await api.post("/v1/events/shop", json=[order(1, event="Clicked"), order(2)])
    assert answer.json()["rejected"][0]["reason"] == "unknown_shape"
    assert (await api.post("/v1/events/none", json=order(1))).status_code == 404


async def test_words_of_persons_are_written_in_the_contracts_form_and_the_rest_is_named(
    api: httpx.AsyncClient, written: Written
) -> None:
    mention = {"event": "Social Followed", "properties": {"network": "ig", "handle": "@Anna"}}
    traits = {"consent": {"Email": "YES", "sms": "maybe"}, "address": {}, "half \ud83d": 1, "a": 1}
    off = {"event": "Customer Suppressed", "properties": {"purpose": "newsletter"}}
    batch = [
        identify("c\u200b-1", **traits),
        {"type": "track", **mention},
        {"type": "track", "userId": "c-1", **off},
        {"type": "track", "userId": "{{ customer.id }}", "event": "Store Visited"},
    ]
    body = json.dumps({"batch": batch})
    answer = (await api.post("/v1/batch", content=body)).json()
    assert [(each["index"], each["fields"]) for each in answer["ignored"]] == [
        (0, ["traits.address", "traits.consent.sms", "traits.half ?"]),
        (2, ["properties.purpose"]),
    ]
    assert [(each["index"], each["reason"]) for each in answer["rejected"]] == [(3, "no_profile")]
    records = {each.key: json.loads(each.value or b"") for each in await written.records()}
    assert records[b"instagram:anna"]["properties"]["handle"] == "anna"
    assert {key for key in records if key} >= {b"c-1", b"instagram:anna"}
    name = 'stammkunde_ignored_fields_total{field="traits"}'
    assert name in (await api.get("/metrics")).text
    assert "traits.address" not in (await api.get("/metrics")).text
