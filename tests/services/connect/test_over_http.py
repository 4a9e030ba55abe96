"""Webhooks over real HTTP: what a shop is answered is in a real Kafka."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from schemas.topics import DEAD_LETTERS, SHOP_EVENTS
from services.connect.mapped import Outcome
from services.connect.receive import MOST_BYTES
from services.connect.sources import Sources, rotated
from tests.example_counts import examples
from tests.services.connect.conftest import Shop, counted
from tests.services.connect.shop import EXAMPLES, TOPIC, golden, signed
from tests.services.connect.test_any_body import JSON
from tests.services.ingest.conftest import Written
from tests.services.projector.world import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SHOPS = pytest.mark.parametrize("kind", ["shopify", "woocommerce"])
REFUNDED = {"shopify": "order-refunded-in-two-transactions", "woocommerce": "order-partly-refunded"}
CREATED = "order-created"


def webhook(kind: str, name: str, **fields: Any) -> tuple[str, bytes]:
    """The topic and the body of an example, some fields of it replaced."""
    example = golden(kind, name)
    return example.headers[TOPIC[kind]], json.dumps(example.changed(**fields)).encode()


@pytest.fixture
def shop(kind: str, shopify: Shop, woocommerce: Shop) -> Shop:
    return {"shopify": shopify, "woocommerce": woocommerce}[kind]


def as_of_this_shop(kind: str, name: str, shop: Shop) -> list[dict[str, Any]]:
    """The messages of an example, under the names of this shop."""
    text = json.dumps(golden(kind, name).expected["messages"])
    return list(json.loads(text.replace(f"{kind}:main:", f"{kind}:{shop.source.name}:")))


@SHOPS
@pytest.mark.parametrize("name", [CREATED, "refunded", "order-cancelled", "order-of-a-guest"])
async def test_what_is_answered_with_200_is_in_kafka(
    kind: str, name: str, shop: Shop, written: Written
) -> None:
    """Under the customer's name, in order, and as the example says."""
    name = REFUNDED[kind] if name == "refunded" else name
    answer = await shop.send(*webhook(kind, name))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    records = await written.records()
    expected = as_of_this_shop(kind, name, shop)
    assert [json.loads(each.value or b"")["messageId"] for each in records] == [
        each["messageId"] for each in expected
    ]
    assert {each.topic for each in records} == {SHOP_EVENTS}
    assert {each.key for each in records} == {expected[0]["userId"].encode()}


@SHOPS
async def test_a_webhook_that_is_sent_again_has_the_same_message_ids(
    kind: str, shop: Shop, written: Written
) -> None:
    """So it counts once."""
    ids = []
    for _ in range(2):
        assert (await shop.send(*webhook(kind, REFUNDED[kind]))).status_code == 200
        found = (await written.messages())[SHOP_EVENTS]
        ids.append([each["messageId"] for each in found])
    assert ids[0] == ids[1]


@SHOPS
async def test_a_hundred_wrong_signatures_are_refused_and_counted(
    kind: str, shop: Shop, written: Written, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing of them comes to Kafka, nor to a log. Right ones are taken in between."""
    topic, body = webhook(kind, CREATED, secret_word="Rumpelstilz")
    before = await shop.count("wrong_signature")
    for number in range(100):
        answer = await shop.send(topic, body, secret=f"guess-{number}")
        assert answer.status_code == 401
        assert answer.json()["code"] == "wrong-signature"
    assert (await shop.api.post(shop.path, content=body)).status_code == 401
    assert await written.records() == []
    assert await shop.count("wrong_signature") == before + 100
    assert await shop.count("unsigned") == 1
    assert (await shop.send(topic, body)).status_code == 200
    assert "Rumpelstilz" not in "".join(capfd.readouterr())


@SHOPS
async def test_while_a_secret_is_exchanged_both_are_accepted(
    kind: str, shop: Shop, sources: Sources
) -> None:
    topic, body = webhook(kind, CREATED)
    now = datetime.now(UTC)
    await sources.store(rotated(shop.source, "shh-2", now, timedelta(days=1)))

    async def accepted(secret: str) -> bool:
        return (await shop.send(topic, body, secret=secret)).status_code == 200

    await eventually(lambda: accepted("shh-2"), "the API knows the new secret")
    assert await accepted("shh-1")
    assert not await accepted("shh-3")
    await sources.store(rotated(shop.source, "shh-2", now, timedelta(0)))

    async def refused() -> bool:
        return not await accepted("shh-1")

    await eventually(refused, "the old secret has ended")


@SHOPS
async def test_an_unknown_source_is_answered_with_404(kind: str, api: httpx.AsyncClient) -> None:
    topic, body = webhook(kind, CREATED)
    before = await counted(api, "unknown", "unknown_source")
    for path in (f"/v1/connect/{kind}/nobodys", "/v1/connect/fax/main", "/v1/connect/%00/%ff"):
        answer = await api.post(path, content=body, headers=signed(kind, topic, body))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-source")
    assert await counted(api, "unknown", "unknown_source") == before + 3


@SHOPS
@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"no JSON", "not_json"), (b"[]", "unknown_shape"), (b'{"id": 4}', "unknown_shape")],
)
async def test_a_signed_webhook_that_can_not_be_mapped_becomes_a_dead_letter(
    kind: str, body: bytes, reason: str, shop: Shop, written: Written
) -> None:
    """And is answered with 200: its shop would send it again in vain."""
    topic, _ = webhook(kind, CREATED)
    answer = await shop.send(topic, body)
    assert answer.status_code == 200
    ((refused,),) = [answer.json()["rejected"]]
    assert refused["reason"] == reason
    ((letter,),) = (await written.messages()).values()
    assert (letter["value"], letter["reason"]) == (body, reason)
    assert letter["source-topic"] == shop.path
    assert await shop.count("dead_letter") == 1


async def test_a_message_that_is_refused_is_a_dead_letter_that_can_be_retried(
    shopify: Shop, written: Written
) -> None:
    """An order in a currency without a rate: its customer is taken all the same."""
    money = {"shop_money": {"amount": "10.00", "currency_code": "ISK"}}
    topic, body = webhook("shopify", CREATED, total_price_set=money, currency="ISK")
    answer = await shopify.send(topic, body)
    assert answer.status_code == 200
    assert [each["reason"] for each in answer.json()["rejected"]] == ["no_exchange_rate"]
    found = await written.messages()
    assert [each["type"] for each in found[SHOP_EVENTS]] == ["identify"]
    assert len(found[DEAD_LETTERS]) == 1
    name = f"shopify:{shopify.source.name}:7010023"
    page = await shopify.api.get("/v1/dead-letters", params={"customer": name, "since": "1h"})
    (item,) = page.json()["items"]
    retried = await shopify.api.post("/v1/dead-letters/retry", json={"ids": [item["id"]]})
    assert "no_exchange_rate" in retried.text, "it is a message of a source, and still refused"


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("order-for-a-test", "test"),
        ("order-of-nobody", "nobody"),
        ("product-updated", "unknown_topic"),
        ("refund-created", "unknown_topic"),
        ("merge-that-failed", "not_yet"),
    ],
)
async def test_a_webhook_that_counts_for_nothing_is_taken_and_counted(
    name: str, outcome: str, shopify: Shop, written: Written
) -> None:
    before = await shopify.count(outcome)
    answer = await shopify.send(*webhook("shopify", name))
    assert (answer.status_code, answer.json()["accepted"]) == (200, 0)
    assert answer.json()["ignored"][0]["detail"]
    assert await written.records() == []
    assert await shopify.count(outcome) == before + 1


async def test_the_ping_of_woocommerce_is_answered_with_200(
    woocommerce: Shop, written: Written
) -> None:
    """A form without a signature; WooCommerce saves no webhook without this answer."""
    answer = await woocommerce.api.post(woocommerce.path, data={"webhook_id": "17"})
    assert answer.status_code == 200
    assert await written.records() == []
    assert await woocommerce.count("ping") == 1


@SHOPS
async def test_a_body_may_have_a_megabyte(kind: str, shop: Shop, written: Written) -> None:
    """As a dead letter it still fits into Kafka."""
    topic, _ = webhook(kind, CREATED)
    body = b"x" * MOST_BYTES
    assert (await shop.send(topic, body)).status_code == 200
    ((letter,),) = (await written.messages()).values()
    assert letter["value"] == body
    answer = await shop.send(topic, body + b"x")
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


@SHOPS
async def test_what_was_seen_first_is_recorded(kind: str, shop: Shop, sources: Sources) -> None:
    """Each outcome once, for `stammkunde connect check`."""
    topic, body = webhook(kind, CREATED)
    for secret in ("wrong", "shh-1", "shh-1"):
        await shop.send(topic, body, secret=secret)

    async def are_there() -> bool:
        return sources.sightings(shop.source).keys() >= {Outcome.TAKEN, Outcome.WRONG_SIGNATURE}

    await eventually(are_there, "both outcomes are recorded")
    seen = sources.sightings(shop.source)
    assert (seen[Outcome.TAKEN].topic, seen[Outcome.TAKEN].messages) == (topic, 2)
    assert seen[Outcome.WRONG_SIGNATURE].topic == "", "nobody has signed it"
    assert "shh-1" not in json.dumps([each.model_dump_json() for each in seen.values()])


@SHOPS
async def test_no_signed_body_leads_to_a_server_error(
    kind: str, shop: Shop, written: Written
) -> None:
    """Each is answered with 200: as messages, as nothing that counts, or as a dead letter."""
    topics = sorted({each.headers[TOPIC[kind]] for each in EXAMPLES if each.kind == kind})
    topics = [each for each in topics if "redact" not in each]
    found: list[tuple[str, bytes]] = []

    @seed(20_261_130)
    @settings(max_examples=examples(150), database=None, phases=[Phase.generate])
    @given(st.sampled_from(topics), st.binary() | JSON.map(lambda each: json.dumps(each).encode()))
    def collect(topic: str, body: bytes) -> None:
        found.append((topic, body))

    collect()
    for topic, body in found:
        answer = await shop.send(topic, body)
        assert answer.status_code == 200, (topic, body, answer.text)
