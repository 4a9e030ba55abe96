"""What is done over HTTP is in the audit trail: who, what, when, from where, and the outcome."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from schemas.audit import AuditedAction, AuditOutcome
from services.platform.access.scope import KeyKind
from services.tools.local_stack import Addresses
from tests.services.api.whole_api import SALT, app_with, served
from tests.services.ingest.conftest import until_up
from tests.services.platform.access.keys import made, records
from tests.services.platform.access.test_gate import NO_KEYS, Kept, bearer, gate_over
from tests.services.platform.audit.conftest import Trail
from tests.waits import LONGEST_WAIT_S
from topology.domain.rows.erased import tombstone_of

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SHOP, SHOP_SECRET = made(KeyKind.WRITE)
ADMIN, ADMIN_SECRET = made(KeyKind.ADMIN)
CUSTOMER = "anna@shop.example"
HOOKS = "/v1/webhooks/subscriptions"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(stack: Addresses, trail: Trail) -> AsyncIterator[httpx.AsyncClient]:
    """The API with keys that are only known here."""
    app = app_with(
        gate_over(Kept(records(SHOP, ADMIN))),
        stack.kafka,
        stack.redis,
        webhook_private_addresses="allow",
    )
    async with (
        served(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=LONGEST_WAIT_S) as client,
    ):
        client.headers.update(bearer(ADMIN_SECRET))
        yield client


async def test_an_action_is_written_down_before_it_begins_and_when_it_is_answered(
    api: httpx.AsyncClient, trail: Trail
) -> None:
    before = datetime.now(UTC)
    with capture_logs() as logs:
        answer = await api.post(f"/v1/customers/{CUSTOMER}/suppress", json={"reason": "by letter"})
    asked, answered = await trail.next(2)

    assert asked.audit_id == answered.audit_id
    assert (asked.outcome, asked.status) == (AuditOutcome.REQUESTED, None)
    assert answered.status == answer.status_code
    for one in (asked, answered):
        assert before <= one.at <= datetime.now(UTC)
        assert one.actor == ADMIN.id
        assert one.origin == "127.0.0.1"
        assert one.action is AuditedAction.SUPPRESS
        assert one.profile == tombstone_of(SALT.encode(), CUSTOMER.encode()).hex()
    audited = [log for log in logs if log["event"] == "audit"]
    assert [log["outcome"] for log in audited] == ["requested", answered.outcome]
    for text in (asked.model_dump_json(), answered.model_dump_json(), json.dumps(audited)):
        assert "anna" not in text
        assert "letter" not in text


async def test_the_name_is_hashed_as_it_is_and_not_as_it_was_encoded(
    api: httpx.AsyncClient, trail: Trail
) -> None:
    """And a proxy on this machine says for whom it asks."""
    proxied = {"X-Forwarded-For": "203.0.113.7"}
    await api.post("/v1/customers/a%2Fb%20%C3%A4/export", headers=proxied)
    records = await trail.next(2)
    assert {each.origin for each in records} == {"203.0.113.7"}
    assert {each.profile for each in records} == {
        tombstone_of(SALT.encode(), "a/b ä".encode()).hex()
    }


async def test_what_is_done_about_a_webhook_names_it(api: httpx.AsyncClient, trail: Trail) -> None:
    made = (await api.post(HOOKS, json={"url": "http://127.0.0.1:1/hook"})).json()["id"]
    path = f"{HOOKS}/{made}"
    await api.patch(path, json={"enabled": False})
    await api.post(f"{path}/rotate-secret")
    await api.post(f"{path}/exhausted/resend")
    await api.delete(path)
    await api.delete(path)
    found = await trail.next(12)

    assert [(each.action, each.target, each.status) for each in found] == [
        (AuditedAction.CREATE_WEBHOOK, None, None),
        (AuditedAction.CREATE_WEBHOOK, made, 201),
        (AuditedAction.CHANGE_WEBHOOK, made, None),
        (AuditedAction.CHANGE_WEBHOOK, made, 200),
        (AuditedAction.ROTATE_WEBHOOK, made, None),
        (AuditedAction.ROTATE_WEBHOOK, made, 200),
        (AuditedAction.RESEND_WEBHOOK, made, None),
        (AuditedAction.RESEND_WEBHOOK, made, 202),
        (AuditedAction.DELETE_WEBHOOK, made, None),
        (AuditedAction.DELETE_WEBHOOK, made, 204),
        (AuditedAction.DELETE_WEBHOOK, made, None),
        (AuditedAction.DELETE_WEBHOOK, made, 404),
    ]
    assert {each.outcome for each in found[1:-1:2]} == {AuditOutcome.DONE}
    assert found[-1].outcome is AuditOutcome.FAILED


async def test_what_is_no_id_of_ours_is_not_written_down(
    api: httpx.AsyncClient, trail: Trail
) -> None:
    """Somebody may have put a name into the path."""
    for name in (CUSTOMER, f"sub_1%0A{CUSTOMER}"):
        assert (await api.delete(f"{HOOKS}/{name}")).status_code == 404
    assert {each.target for each in await trail.next(4)} == {None}


async def test_who_may_not_is_written_down_and_who_is_not_known_is_not(
    api: httpx.AsyncClient, trail: Trail
) -> None:
    """The latter is counted, by route and status."""
    path = f"/v1/customers/{CUSTOMER}/erase"
    assert (await api.post(path, headers={"Authorization": ""})).status_code == 401
    assert (await api.post(path, headers=bearer(SHOP_SECRET))).status_code == 403
    (refused,) = await trail.next(1)

    assert (refused.actor, refused.outcome, refused.status) == (SHOP.id, AuditOutcome.REFUSED, 403)
    assert refused.action is AuditedAction.ERASE
    assert refused.profile == tombstone_of(SALT.encode(), CUSTOMER.encode()).hex()
    counted = (await api.get("/metrics")).text
    route = 'route="/v1/customers/{customer_id}/erase"'
    assert f'stammkunde_http_requests_total{{method="POST",{route},status="401"}} 1.0' in counted


async def test_who_is_taken_off_the_suppression_list_by_an_event(
    api: httpx.AsyncClient, trail: Trail
) -> None:
    """Each profile; and once for a request that tries it in vain."""
    await until_up(api)
    word = {"type": "track", "event": "Customer Unsuppressed", "messageId": "m"}
    body = json.dumps({"batch": [{**word, "userId": "a"}, {**word, "userId": "b"}]})
    assert (await api.post("/v1/batch", content=body)).json() == {"success": True}
    found = await trail.next(4)
    assert {each.action for each in found} == {AuditedAction.UNSUPPRESS}
    assert [each.outcome for each in found] == ["requested", "requested", "done", "done"]
    hashes = {tombstone_of(SALT.encode(), name).hex() for name in (b"a", b"b")}
    assert {each.profile for each in found[:2]} == {each.profile for each in found[2:]} == hashes

    assert (await api.post("/v1/batch", content=body, headers=bearer(SHOP_SECRET))).is_success
    (refused,) = await trail.next(1)
    assert (refused.actor, refused.outcome, refused.status) == (SHOP.id, AuditOutcome.REFUSED, 403)
    assert refused.target == "2 messages"


async def test_before_the_first_key_it_is_anybody(stack: Addresses, trail: Trail) -> None:
    app = app_with(gate_over(Kept(NO_KEYS)), stack.kafka)
    async with (
        served(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=LONGEST_WAIT_S) as client,
    ):
        await client.delete(f"{HOOKS}/sub_1")
    assert {each.actor for each in await trail.next(2)} == {"anybody"}


@pytest.mark.parametrize("path", [f"/v1/customers/{CUSTOMER}/erase", HOOKS])
async def test_what_can_not_be_written_down_is_not_done(path: str) -> None:
    """It is asked first: no handler has begun."""
    app = app_with(gate_over(Kept(records(ADMIN))))
    async with (
        served(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=LONGEST_WAIT_S) as client,
    ):
        body = {"url": "http://8.8.8.8/hook"} if path == HOOKS else None
        answer = await client.post(path, json=body, headers=bearer(ADMIN_SECRET))
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:stammkunde:problem:audit-away"
    assert "Nothing was done" in answer.json()["detail"]
