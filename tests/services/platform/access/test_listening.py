"""Where the API listens without a key, and what it says of it."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.api.run import run_api
from services.platform.access.guarding import NoKeyError, check_address, guarding
from services.platform.access.keyring import UnknownKeyError, open_keyring
from services.platform.access.scope import KeyKind
from services.platform.settings import Settings
from services.tools.local_stack import KafkaServer
from tests.services.platform.access.keys import NOW, made
from tests.services.tools.cli.command import run
from tests.topology.batching.kafka import create_topics
from tests.waits import LONGEST_WAIT_S
from topology.batching.security import OPEN

EVERYWHERE = "0.0.0.0"  # noqa: S104 - never bound


async def serve(settings: Settings, kafka: str) -> None:
    stop = asyncio.Event()
    await run_api(
        settings,
        redis="redis://127.0.0.1:9/0",
        kafka=kafka,
        stop=stop,
        on_ready=lambda _: stop.set(),
    )


@pytest.mark.e2e
async def test_without_any_key_it_listens_on_loopback_only(tmp_path: Path) -> None:
    """And with one anywhere; the keys of other tests' Kafka would count here, so it has its own."""
    kafka = KafkaServer(tmp_path / "kafka")
    await kafka.start()
    try:
        await create_topics(kafka.address, ["access.keys.v1"], 1, cleanup_policy="compact")
        await nobody_is_let_in_from_outside(kafka.address)
        await this_machine_is_let_in_with_a_warning(kafka.address)
        await with_a_key_it_may_listen_anywhere(kafka.address)
        await a_key_that_is_not_there_can_not_be_revoked(kafka.address)
    finally:
        await kafka.stop()


async def nobody_is_let_in_from_outside(kafka: str) -> None:
    with pytest.raises(NoKeyError, match=f"{EVERYWHERE}.*stammkunde keys create"):
        await serve(Settings(api_host=EVERYWHERE, api_port=0), kafka)
    with pytest.raises(NoKeyError):
        await check_address(Settings(api_host=EVERYWHERE), kafka)
    await check_address(Settings(), kafka)


async def this_machine_is_let_in_with_a_warning(kafka: str) -> None:
    with capture_logs() as logs:
        await serve(Settings(api_port=0), kafka)
    (warning,) = [log for log in logs if log["event"] == "no_key_yet"]
    assert warning["log_level"] == "info", "nothing is wrong with a new installation"


async def with_a_key_it_may_listen_anywhere(kafka: str) -> None:
    async with guarding(Settings(), kafka) as gate:
        assert gate.is_open
        async with open_keyring(kafka, OPEN) as keyring:
            await keyring.add(made(KeyKind.READ)[0])
        async with asyncio.timeout(LONGEST_WAIT_S):
            while gate.is_open:
                await asyncio.sleep(0.01)
    async with guarding(Settings(api_host=EVERYWHERE), kafka) as gate:
        assert not gate.is_open


async def a_key_that_is_not_there_can_not_be_revoked(kafka: str) -> None:
    key, _ = made(KeyKind.READ)
    async with open_keyring(kafka, OPEN) as keyring:
        with pytest.raises(UnknownKeyError, match=key.id):
            await keyring.revoke(key.id, NOW)
        await keyring.add(key)
        revoked = await keyring.revoke(key.id, NOW)
        assert revoked.revoked_at == NOW
        assert await keyring.revoke(key.id, NOW.replace(year=2027)) == revoked


async def test_with_kafka_away_it_starts_and_lets_nobody_in() -> None:
    async with guarding(Settings(api_host=EVERYWHERE), "127.0.0.1:9"):
        pass


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--kind", "write", "--scope", "state"), "a write key may have ingest"),
        (("--kind", "read", "--scope", "admin"), "a read key may have state, triggers, metrics"),
        (("--kind", "read", "--name", "a\nb"), "printable"),
        (("--kind", "read", "--name", "x" * 101), "at most 100"),
        (("--kind", "read", "--rate", "0"), "--rate"),
        ((), "--kind"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(
    words: tuple[str, ...], expected: str, tmp_path: Path
) -> None:
    ended = run(tmp_path, "keys", "create", *words)
    assert ended.returncode == 2
    assert expected in ended.stderr
    assert ended.stdout == ""
