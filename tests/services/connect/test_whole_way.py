"""From webhooks to customers: real HTTP, Kafka, worker, projector and Redis."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from schemas.audit import AuditedAction, AuditOutcome
from services.connect.sources import new_source, open_sources
from services.platform.settings import Settings
from services.tools.local_stack import ValkeyServer
from tests.conftest import held
from tests.services.connect.shop import SECRET, TOPIC, golden, signed
from tests.services.ingest.conftest import until_up
from tests.services.platform.audit.conftest import reading
from tests.services.worker.around import answering, emptied, running_kafka
from tests.services.worker.process import WorkerProcess
from tests.waits import LONGEST_WAIT_S

pytestmark = [pytest.mark.e2e]

PARTITIONS, APP, SALT = 4, "connected", "a salt of the test, long enough"
SETTINGS = Settings(app_id=APP, api_port=0, erasure_salt=SecretStr(SALT))
ILSE, ILSE_BEFORE = "shopify:main:7010023", "shopify:main:7010999"
OSKAR = "woocommerce:main:12"
GUEST = "ilse.brandt@posteo.example"


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[str]:
    """A Kafka of this test's own: a worker reads all that is in it."""
    with held(running_kafka(tmp_path)) as address, held(emptied(address, APP, PARTITIONS)):
        yield address


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")


def gmt(days: float) -> str:
    """As WooCommerce writes it."""
    return ago(days).removesuffix("+00:00")


async def sent(api: httpx.AsyncClient, kind: str, name: str, **fields: Any) -> None:
    """Send an example, some fields of it replaced."""
    example = golden(kind, name)
    body = json.dumps(example.changed(**fields)).encode()
    headers = {**example.headers, **signed(kind, example.headers[TOPIC[kind]], body)}
    if "x-shopify-triggered-at" in headers:
        headers["x-shopify-triggered-at"] = ago(0)
    answer = await api.post(f"/v1/connect/{kind}/main", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert "rejected" not in answer.json(), answer.text


async def until(ask: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(LONGEST_WAIT_S):
        while not await ask():
            await asyncio.sleep(0.05)


async def until_lifetime(api: httpx.AsyncClient, name: str, **expected: Any) -> Any:
    """Wait until a customer's lifetime figures are these, and return the customer."""
    found: dict[str, Any] = {}

    async def reached() -> bool:
        answer = await api.get(f"/v1/customers/{name}")
        found.update(answer.json())
        lifetime = found.get("lifetime", {})
        return answer.status_code == 200 and expected.items() <= lifetime.items()

    try:
        await until(reached)
    except TimeoutError:
        pytest.fail(f"{name}: {found}")
    return found


async def until_gone(api: httpx.AsyncClient, name: str) -> None:
    async def is_gone() -> bool:
        return (await api.get(f"/v1/customers/{name}")).status_code == 404

    await until(is_gone)


async def shopifys_way(api: httpx.AsyncClient) -> None:
    """Orders, a refund that comes twice, a merge, and an order of a guest."""
    placed = {"created_at": ago(9), "processed_at": ago(9)}
    refunds = golden("shopify", "order-refunded-in-two-transactions").changed()["refunds"]
    refunds[0]["processed_at"] = ago(2)
    for _ in range(2):
        await sent(
            api,
            "shopify",
            "order-refunded-in-two-transactions",
            **placed,
            updated_at=ago(2),
            refunds=refunds,
        )
        await sent(api, "shopify", "order-created", **placed, updated_at=ago(9))
    await until_lifetime(api, ILSE, orders=1, revenue=5450)
    other = {"id": 5120045, "customer": {"id": 7010999}, "created_at": ago(8)}
    await sent(api, "shopify", "order-created", **{**placed, **other})
    await until_lifetime(api, ILSE_BEFORE, orders=1, revenue=8450)
    await sent(api, "shopify", "customers-merged")
    await until_lifetime(api, ILSE, orders=2, revenue=13900)
    await sent(api, "shopify", "order-of-a-guest", **placed, id=5120046)
    await until_lifetime(api, GUEST, orders=1)


async def woocommerces_way(api: httpx.AsyncClient) -> None:
    """An order that is cancelled before its first webhook arrives, and a refund in part."""
    placed = {"date_created_gmt": gmt(9)}
    await sent(api, "woocommerce", "order-cancelled", **placed, date_modified_gmt=gmt(8))
    await sent(api, "woocommerce", "order-created", **placed, date_modified_gmt=gmt(9))
    await sent(
        api, "woocommerce", "order-partly-refunded", **placed, date_modified_gmt=gmt(5), id=319
    )
    await until_lifetime(api, OSKAR, orders=1, revenue=3230)


async def everybodys_end(api: httpx.AsyncClient) -> None:
    """All customers of one shop are erased, as it asks when the connection has ended."""
    placed = {"created_at": ago(9), "processed_at": ago(9), "updated_at": ago(9)}
    names = [f"shopify:main:{number}" for number in range(100, 105)]
    for number in range(100, 105):
        fields = {**placed, "id": 900 + number, "customer": {"id": number}}
        await sent(api, "shopify", "order-created", **fields)
    for name in names:
        await until_lifetime(api, name, orders=1)
    await sent(api, "shopify", "shop-redacted")
    for name in names:
        await until_gone(api, name)
    await until_lifetime(api, OSKAR, orders=1, revenue=3230)


async def test_webhooks_become_customers_who_can_be_erased(kafka: str, tmp_path: Path) -> None:
    app = {"STAMMKUNDE_APP_ID": APP, "STAMMKUNDE_ERASURE_SALT": SALT}
    valkey = ValkeyServer(tmp_path / "valkey")
    await valkey.start()
    async with open_sources(kafka) as sources:
        for kind in ("shopify", "woocommerce"):
            await sources.store(new_source(kind, "main", SECRET, datetime.now(UTC)))
    async with (
        answering(SETTINGS, kafka=kafka, redis=valkey.url) as api,
        reading(kafka, PARTITIONS) as trail,
    ):
        await until_up(api)
        with WorkerProcess.started(kafka, tmp_path, "one", **app) as worker:
            await shopifys_way(api)
            await woocommerces_way(api)

            await sent(api, "shopify", "data-requested")
            await sent(api, "shopify", "customer-redacted")
            await sent(api, "shopify", "customer-redacted")
            for name in (ILSE, ILSE_BEFORE, GUEST):
                await until_gone(api, name)
            await everybodys_end(api)
            records = await trail.next(2 * 7 + 1)
            await worker.terminate()
    await valkey.stop()
    records = [each for each in records if each.action != AuditedAction.USE_POLICY]
    assert {each.actor for each in records} == {"shopify/main"}
    assert [(each.action, each.outcome) for each in records if each.status == 200] == [
        *[(AuditedAction.REQUEST_EXPORT, AuditOutcome.DONE)] * 2,
        *[(AuditedAction.ERASE, AuditOutcome.DONE)] * 4,
        (AuditedAction.ERASE_SHOP, AuditOutcome.DONE),
    ]
    assert all(each.profile is not None for each in records[:-2])
