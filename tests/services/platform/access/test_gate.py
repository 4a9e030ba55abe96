"""Who is let in, over HTTP, with keys that a test holds."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from types import MappingProxyType

import httpx
import pytest
from fastapi import Depends, FastAPI

from services.platform.access.admission import Admission, Guard
from services.platform.access.gate import Gate
from services.platform.access.key import Key
from services.platform.access.keyring import Keyring
from services.platform.access.needs import needs
from services.platform.access.rate_limit import Rate, Rates
from services.platform.access.route_access import route_table
from services.platform.access.scope import KeyKind, Scope
from services.platform.audit.request_audit import RequestAudit
from services.platform.audit.trail import AuditTrail
from services.platform.faults import NotReadError
from services.platform.http import error_handlers
from services.platform.http.request_body import Bounds, MemoryBudget
from tests.services.platform.access.keys import NOW, made, records
from tests.waits import LONGEST_WAIT_S

PLENTY = Rate(per_second=1e12, burst=1e12)


async def put_nowhere(key: str, value: bytes) -> None:
    """None of the routes here is audited."""
    pytest.fail(f"{key}: {value!r}")


NO_AUDIT = RequestAudit(AuditTrail("127.0.0.1:1", put_nowhere), None)
NO_KEYS: Mapping[str, bytes] = MappingProxyType({})


class Kept:
    """A table of keys; None while it has not been read."""

    def __init__(self, values: Mapping[str, bytes] | None) -> None:
        self.values = values

    def items(self) -> Mapping[str, bytes]:
        if self.values is None:
            raise NotReadError("keys", "Kafka is away")
        return self.values

    version = 0

    async def wait_change(self, seen: int) -> int:
        while self.version == seen:
            await asyncio.sleep(0)
        return self.version

    def get(self, key: str) -> bytes | None:
        return self.items().get(key)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def gate_over(
    kept: Kept,
    *,
    on_loopback: bool = True,
    rate: Rate | None = None,
    clock: Clock | None = None,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> Gate:
    return Gate(
        Keyring(kept),  # type: ignore[arg-type]
        on_loopback=on_loopback,
        rates=Rates(rate or PLENTY, PLENTY, PLENTY),
        bounds=bounds,
        clock=clock or Clock(),
    )


def client(
    kept: Kept,
    *,
    on_loopback: bool = True,
    rate: Rate | None = None,
    clock: Clock | None = None,
    base_url: str = "http://127.0.0.1:8000",
) -> httpx.AsyncClient:
    app = FastAPI()
    for scope in Scope:

        @app.get(f"/{scope}", dependencies=[Depends(needs(scope))])
        async def answer() -> str:
            return "in"

    gate = gate_over(kept, on_loopback=on_loopback, rate=rate, clock=clock)
    routes = route_table(app, {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"})
    app.add_middleware(
        Admission, Guard(gate, routes, MemoryBudget(1_000_000), MemoryBudget(1_000_000), NO_AUDIT)
    )
    error_handlers.install(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base_url)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def basic(secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{secret}:".encode()).decode()}


async def test_without_any_key_this_machine_is_let_in() -> None:
    async with client(Kept(NO_KEYS)) as api:
        assert (await api.get("/admin")).status_code == 200
        assert (await api.get("/ingest", headers=basic("any"))).status_code == 200


@pytest.mark.parametrize("host", ["shop.example", "shop.example:8000", "0.0.0.0:8000", ""])
async def test_without_any_key_no_other_name_is_let_in(host: str) -> None:
    async with client(Kept(NO_KEYS)) as api:
        answer = await api.get("/state", headers={"Host": host})
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("not-from-here")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost.evil",
        "http://localhost:3000",
        "http://127.0.0.1",
        "https://127.0.0.1",
        "http://[::1]:8001",
        "http://localhost:8000@evil.example",
        "http://evil.example@localhost:8000",
        "",
    ],
)
async def test_without_any_key_no_web_page_is_let_in(origin: str) -> None:
    async with client(Kept(NO_KEYS)) as api:
        assert (await api.get("/state", headers={"Origin": origin})).status_code == 403
        own = {"Origin": "http://localhost:8000"}
        assert (await api.get("/state", headers=own)).status_code == 200


async def test_on_another_address_nobody_is_let_in_without_a_key() -> None:
    async with client(Kept(NO_KEYS), on_loopback=False) as api:
        assert (await api.get("/state")).status_code == 401


async def test_once_there_is_a_key_one_is_needed() -> None:
    key, secret = made(KeyKind.READ)
    async with client(Kept(records(key))) as api:
        refused = await api.get("/state")
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic ")
        assert refused.headers["content-type"] == "application/problem+json"
        for headers in (bearer(secret), basic(secret)):
            assert (await api.get("/state", headers=headers)).status_code == 200


@pytest.mark.parametrize("kind", list(KeyKind))
async def test_each_kind_may_what_its_scopes_say(kind: KeyKind) -> None:
    key, secret = made(kind)
    async with client(Kept(records(key))) as api:
        for scope in Scope:
            answer = await api.get(f"/{scope}", headers=bearer(secret))
            assert answer.status_code == (200 if key.allows(scope) else 403), scope
            if answer.status_code == 403:
                assert f"scope {scope}" in answer.json()["detail"]


def changed(secret: str) -> str:
    return secret[:-1] + ("A" if secret[-1] != "A" else "B")


async def test_a_key_that_is_almost_right_opens_nothing() -> None:
    key, secret = made(KeyKind.READ)
    other, other_secret = made(KeyKind.READ)
    mixed = other_secret.replace(other.id, key.id)
    async with client(Kept(records(key))) as api:
        for wrong in (changed(secret), other_secret, mixed, secret + "x", secret.upper()):
            answer = await api.get("/state", headers=bearer(wrong))
            assert answer.status_code == 401
            assert wrong not in answer.text


async def test_a_revoked_key_opens_nothing_and_leaves_the_gate_closed() -> None:
    key, secret = made(KeyKind.ADMIN)
    kept = Kept(records(key))
    async with client(kept) as api:
        assert (await api.get("/state", headers=bearer(secret))).status_code == 200
        kept.values = records(key.model_copy(update={"revoked_at": NOW}))
        assert (await api.get("/state", headers=bearer(secret))).status_code == 401
        assert (await api.get("/state")).status_code == 401


async def test_a_key_that_cannot_be_read_closes_the_gate_and_opens_nothing() -> None:
    key, secret = made(KeyKind.ADMIN)
    async with client(Kept({key.id: b"{}"})) as api:
        assert (await api.get("/state", headers=bearer(secret))).status_code == 401


async def test_before_the_keys_are_read_nobody_is_let_in() -> None:
    key, secret = made(KeyKind.ADMIN)
    kept = Kept(None)
    async with client(kept) as api:
        for headers in ({}, bearer(secret)):
            answer = await api.get("/state", headers=headers)
            assert answer.status_code == 503
            assert answer.json()["type"].endswith("keys-not-read")
            assert answer.headers["retry-after"] == "1"
        kept.values = records(key)
        assert (await api.get("/state", headers=bearer(secret))).status_code == 200


async def asked(api: httpx.AsyncClient, secret: str) -> int:
    return (await api.get("/state", headers=bearer(secret))).status_code


async def test_who_asks_too_often_learns_when_to_come_back() -> None:
    hasty, secret = made(KeyKind.READ)
    calm, other = made(KeyKind.READ)
    clock = Clock()
    slow = Rate(per_second=0.2, burst=2)
    async with client(Kept(records(hasty, calm)), rate=slow, clock=clock) as api:
        assert [await asked(api, secret) for _ in range(3)] == [200, 200, 429]
        refused = await api.get("/state", headers=bearer(secret))
        assert refused.headers["retry-after"] == "5"
        assert await asked(api, other) == 200
        clock.now += 5
        assert [await asked(api, secret) for _ in range(2)] == [200, 429]


async def test_bytes_are_counted_by_key_as_they_come() -> None:
    key, secret = made(KeyKind.READ)
    calm, other = made(KeyKind.READ)
    key = key.model_copy(update={"byte_rate": Rate(per_second=10, burst=100)})
    clock = Clock()
    async with client(Kept(records(key, calm)), clock=clock) as api:

        async def sent(secret: str, size: int) -> httpx.Response:
            headers = bearer(secret)
            return await api.request("GET", "/state", headers=headers, content=b"a" * size)

        assert (await sent(secret, 60)).status_code == 200
        refused = await sent(secret, 60)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        assert "bytes" in refused.json()["detail"]
        assert (await sent(other, 60)).status_code == 200
        clock.now += 2
        assert (await sent(secret, 60)).status_code == 200


async def test_a_key_may_have_a_rate_of_its_own() -> None:
    key, secret = made(KeyKind.READ, rate=Rate(per_second=1, burst=1))
    async with client(Kept(records(key))) as api:
        assert [await asked(api, secret) for _ in range(2)] == [200, 429]


async def test_who_has_no_key_uses_nothing_up() -> None:
    key, secret = made(KeyKind.READ, rate=Rate(per_second=1, burst=1))
    async with client(Kept(records(key))) as api:
        for _ in range(3):
            assert await asked(api, changed(secret)) == 401
        assert await asked(api, secret) == 200


@pytest.mark.parametrize("was_open", [True, False])
async def test_who_was_let_in_learns_when_that_is_over(*, was_open: bool) -> None:
    key, _ = made(KeyKind.READ)
    other, _ = made(KeyKind.READ)
    kept = Kept(NO_KEYS if was_open else records(key))
    gate = gate_over(kept)
    over = asyncio.create_task(gate.until_shut(None if was_open else key))
    async with asyncio.timeout(LONGEST_WAIT_S):
        if not was_open:
            kept.values, kept.version = records(key, other), 1
            await asyncio.wait({over}, timeout=0.05)
            assert not over.done()
        revoked = key.model_copy(update={"revoked_at": NOW})
        kept.values, kept.version = records(revoked), 2
        await over


def test_the_keys_come_oldest_first() -> None:
    first, second = made()[0], made()[0]
    late: Key = first.model_copy(update={"created_at": NOW.replace(year=2027)})
    keyring = Keyring(Kept(records(late, second)))  # type: ignore[arg-type]
    assert keyring.all() == [second, late]
