"""Every role through a Kafka with TLS and SCRAM, a Redis with TLS and ACL, and keys.

No log of any of them shows a password, a key, or who the customer is.
"""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from services.platform.access.keyring import open_keyring
from services.platform.access.scope import KeyKind
from services.platform.kafka.security import trusting
from services.tools.local_stack.ports import free_port
from tests.services.archive.world import held_by, store_of, until
from tests.services.platform.access.keys import made
from tests.services.secured.servers import (
    HAS_OPENSSL,
    PASSWORD,
    USER,
    Certificate,
    SecuredKafka,
    SecuredValkey,
    behind_tls,
    certificate,
)
from tests.services.tools.cli.command import COMMAND, environment, run
from tests.waits import AT_ONCE_S, LONGEST_WAIT_S
from topology.batching.security import KafkaSecurity

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not HAS_OPENSSL, reason="openssl, which makes the certificates, is missing"),
]
ROLES = ("worker", "projector", "delivery", "api", "archive")
CUSTOMER = "c-who-is-nobodys-business"


@asynccontextmanager
async def secured_servers(
    folder: Path, signed: Certificate
) -> AsyncIterator[tuple[SecuredKafka, dict[str, str]]]:
    """Both servers, and the environment of who may use them."""
    async with AsyncExitStack() as stack:
        kafka, valkey = SecuredKafka(folder / "kafka", signed), SecuredValkey(folder / "valkey")
        for server in (kafka, valkey):
            await server.start()
            stack.push_async_callback(server.stop)
        await kafka.add_user()
        port = await stack.enter_async_context(behind_tls(valkey.address, signed))
        yield (
            kafka,
            {
                "KAFKA_BOOTSTRAP_SERVERS": kafka.at("both"),
                "STAMMKUNDE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
                "STAMMKUNDE_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
                "STAMMKUNDE_KAFKA_SASL_USERNAME": USER,
                "STAMMKUNDE_KAFKA_SASL_PASSWORD": PASSWORD,
                "STAMMKUNDE_KAFKA_SSL_CAFILE": str(signed.authority),
                "REDIS_URL": f"rediss://{USER}:{PASSWORD}@127.0.0.1:{port}/0",
                "STAMMKUNDE_REDIS_SSL_CAFILE": str(signed.authority),
                "STAMMKUNDE_API_PORT": str(free_port()),
                "STAMMKUNDE_PARTITIONS": "2",
                "STAMMKUNDE_ARCHIVE_FILE_AGE_S": "1",
            },
        )


@contextmanager
def role(name: str, folder: Path, settings: dict[str, str]) -> Iterator[Path]:
    """Run a role, and give its log."""
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*COMMAND, name],
            stdout=out,
            stderr=out,
            cwd=folder,
            env=environment(folder, **settings),
        )
        try:
            yield log
        finally:
            process.terminate()
            process.wait(LONGEST_WAIT_S)


async def command(
    folder: Path, settings: dict[str, str], *words: str
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(run, folder, *words, **settings)


async def answered(api: httpx.AsyncClient, path: str, key: str, status: int) -> httpx.Response:
    """Ask until the answer has this status."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        while True:
            try:
                answer = await api.get(path, auth=(key, ""))
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code == status:
                return answer
            await asyncio.sleep(0.02)


async def made_by_command(folder: Path, settings: dict[str, str], kind: str) -> str:
    done = await command(folder, settings, "keys", "create", "--kind", kind)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


async def made_here(kafka: str, settings: dict[str, str], kind: KeyKind) -> str:
    security = KafkaSecurity(
        "SASL_SSL",
        trusting(Path(settings["STAMMKUNDE_KAFKA_SSL_CAFILE"]), "the test's"),
        "SCRAM-SHA-512",
        USER,
        SecretStr(PASSWORD),
    )
    key, secret = made(kind)
    async with open_keyring(kafka, security) as keyring:
        await keyring.add(key)
    return secret


async def test_all_of_it_behind_passwords_tls_and_keys(tmp_path: Path) -> None:
    async with secured_servers(tmp_path, certificate(tmp_path)) as (kafka, settings):
        reading = await made_by_command(tmp_path, settings, "read")
        writing = await made_here(kafka.at("both"), settings, KeyKind.WRITE)
        await each_listener_asks_for_its_own(tmp_path, kafka, settings, reading)
        with ExitStack() as roles:
            logs = [roles.enter_context(role(each, tmp_path, settings)) for each in ROLES]
            url = f"http://127.0.0.1:{settings['STAMMKUNDE_API_PORT']}"
            async with httpx.AsyncClient(base_url=url, trust_env=False) as api:
                await an_order_comes_through(api, writing, reading)
                await until(lambda: an_order_is_archived(tmp_path), "a file")
                await a_revoked_key_is_refused_at_once(api, tmp_path, settings, reading)
        text = "".join(log.read_text() for log in logs)
    assert '"event": "listening"' in text
    for secret in (PASSWORD, reading, writing, CUSTOMER):
        assert secret not in text


async def each_listener_asks_for_its_own(
    folder: Path, kafka: SecuredKafka, settings: dict[str, str], key: str
) -> None:
    """The commands get in with what a listener asks for, and get a sentence for anything else."""
    plain = {
        **settings,
        "KAFKA_BOOTSTRAP_SERVERS": kafka.at("sasl"),
        "STAMMKUNDE_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "STAMMKUNDE_KAFKA_SASL_MECHANISM": "PLAIN",
    }
    tls = {
        **settings,
        "KAFKA_BOOTSTRAP_SERVERS": kafka.at("tls"),
        "STAMMKUNDE_KAFKA_SECURITY_PROTOCOL": "SSL",
    }
    wrong = {**settings, "STAMMKUNDE_KAFKA_SASL_PASSWORD": "wrong"}
    listed, refused, examined = await asyncio.gather(
        command(folder, plain, "keys", "list"),
        command(folder, wrong, "topics", "list"),
        command(folder, tls, "doctor"),
    )
    assert key.split("_")[2] in listed.stdout
    assert key not in listed.stdout
    assert refused.returncode == 1
    assert "does not let us in" in refused.stderr
    assert "WRONG" not in examined.stdout
    assert PASSWORD not in examined.stdout + examined.stderr


async def an_order_comes_through(api: httpx.AsyncClient, writing: str, reading: str) -> None:
    await answered(api, "/v1/segments", reading, 200)
    order = {
        "type": "track",
        "event": "Order Completed",
        "messageId": "m-1",
        "userId": CUSTOMER,
        "properties": {"order_id": "o-1", "total": 59.9, "currency": "EUR"},
    }
    assert (await api.post("/v1/track", json=order, auth=(reading, ""))).status_code == 403
    async with asyncio.timeout(LONGEST_WAIT_S):
        while (await api.post("/v1/track", json=order, auth=(writing, ""))).status_code == 503:
            await asyncio.sleep(0.1)
    found = await answered(api, f"/v1/customers/{CUSTOMER}", reading, 200)
    assert found.json()["customer_id"] == CUSTOMER
    assert (await api.get(f"/v1/customers/{CUSTOMER}", auth=(writing, ""))).status_code == 403
    assert (await api.get(f"/v1/customers/{CUSTOMER}")).status_code == 401


def an_order_is_archived(folder: Path) -> bool:
    held = held_by(store_of(folder))
    return any(CUSTOMER.encode() in (each.value or b"") for some in held.values() for each in some)


async def a_revoked_key_is_refused_at_once(
    api: httpx.AsyncClient, folder: Path, settings: dict[str, str], key: str
) -> None:
    async with api.stream("GET", "/v1/triggers/stream?after=now", auth=(key, "")) as stream:
        lines = stream.aiter_lines()
        assert await anext(lines)
        revoked = await command(folder, settings, "keys", "revoke", key.split("_")[2])
        assert revoked.returncode == 0, revoked.stderr
        async with asyncio.timeout(AT_ONCE_S):
            await answered(api, "/v1/segments", key, 401)
            assert [line async for line in lines if line.startswith("data")] == []
