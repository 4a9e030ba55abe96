"""The local stack as its users see it: real processes, real records, real keys."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from redis.asyncio import Redis

from services.tools.local_stack import Addresses, KafkaServer, ValkeyServer, local_stack
from services.tools.local_stack.errors import FolderInUseError
from services.tools.local_stack.folder import try_lock
from services.tools.local_stack.ports import is_free
from tests.waits import LONGEST_WAIT_S

TOPIC = "kept"
PARENT = """
import asyncio, sys
from pathlib import Path
from services.tools.local_stack import local_stack

async def main():
    async with local_stack(Path(sys.argv[1])):
        sys.stdout.write("ready\\n")
        sys.stdout.flush()
        await asyncio.sleep(600)

asyncio.run(main())
"""


@dataclass(frozen=True)
class Past:
    """A stack that has run once, was written to, and was stopped."""

    folder: Path
    addresses: Addresses
    reports: list[str]

    @property
    def ports(self) -> list[int]:
        """Every port that its servers listened on."""
        files = self.folder.glob("*/ports.json")
        return [port for file in files for port in json.loads(file.read_text()).values()]


async def write(addresses: Addresses) -> None:
    """Make a topic with one record, and a key."""
    admin = AIOKafkaAdminClient(bootstrap_servers=addresses.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=addresses.kafka)
    await producer.start()
    await producer.send_and_wait(TOPIC, b"a record")
    await producer.stop()
    async with Redis.from_url(addresses.redis) as redis:
        await redis.set("kept", "a value")


async def read(addresses: Addresses) -> tuple[object, object]:
    """Read back the record and the key, and fail if the record does not come."""
    consumer = AIOKafkaConsumer(
        TOPIC, bootstrap_servers=addresses.kafka, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), LONGEST_WAIT_S)
    finally:
        await consumer.stop()
    async with Redis.from_url(addresses.redis) as redis:
        return record.value, await redis.get("kept")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """Run a stack for the first time, write to it and read it back, and stop it."""
    folder = tmp_path_factory.mktemp("stack")
    reports: list[str] = []

    async def first_run() -> Addresses:
        async with local_stack(folder, report=reports.append) as addresses:
            await write(addresses)
            assert await read(addresses) == (b"a record", b"a value")
        return addresses

    return Past(folder, asyncio.run(first_run()), reports)


def test_a_stopped_stack_leaves_no_process_and_no_listening_port(
    past: Past, assert_nothing_left: Callable[[Path, Iterable[int]], None]
) -> None:
    """What was started is gone, zombies included, when the block has ended."""
    assert len(past.ports) == 3
    assert_nothing_left(past.folder, past.ports)


def test_a_start_reports_each_step_with_its_address(past: Past) -> None:
    """A user sees in a line each what comes up, where, and after how long."""
    where = past.addresses.kafka
    assert any(line.startswith("Starting Apache Kafka 4.") for line in past.reports)
    assert any(line.startswith(f"Kafka is up on {where} after ") for line in past.reports)
    assert any(line.startswith("Valkey is up on 127.0.0.1:") for line in past.reports)


async def test_a_second_start_has_the_same_addresses_and_data_and_refuses_a_third(
    past: Past,
) -> None:
    """Ports and contents are remembered; a stack on a running one's folder is one sentence."""
    async with local_stack(past.folder) as addresses:
        assert addresses == past.addresses
        assert await read(addresses) == (b"a record", b"a value")
        with pytest.raises(FolderInUseError, match=rf"in use .* \(process {os.getpid()}\)"):
            await ValkeyServer(past.folder / "valkey").start()
        assert await read(addresses) == (b"a record", b"a value")


async def test_servers_killed_with_9_come_back_with_the_same_port_and_data(
    past: Past, assert_nothing_left: Callable[[Path, Iterable[int]], None]
) -> None:
    """A kill -9 loses nothing that was acknowledged, and the addresses stay good."""
    kafka, valkey = KafkaServer(past.folder / "kafka"), ValkeyServer(past.folder / "valkey")
    try:
        for server in (kafka, valkey):
            await server.start()
            before = server.address
            server.kill()
            assert not server.is_running
            await server.start()
            assert server.address == before
        assert await read(Addresses(kafka.address, valkey.url)) == (b"a record", b"a value")
    finally:
        await kafka.stop()
        await valkey.stop()
    assert_nothing_left(past.folder, past.ports)


async def test_the_stack_ends_with_its_parent_even_after_kill_9(
    past: Past,
    assert_nothing_left: Callable[[Path, Iterable[int]], None],
    eventually: Callable[[Callable[[], bool]], Awaitable[None]],
) -> None:
    """A parent that can no longer clean up leaves no server behind."""
    command = [sys.executable, "-c", PARENT, str(past.folder)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    parent = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert parent.stdout is not None
    assert await parent.stdout.readline() == b"ready\n"
    assert not any(is_free(port) for port in past.ports)
    parent.kill()
    await parent.wait()

    def all_locks_are_free() -> bool:
        locks = [try_lock(file) for file in past.folder.glob("*/lock")]
        for lock in locks:
            if lock is not None:
                os.close(lock)
        return None not in locks

    await eventually(all_locks_are_free)
    await eventually(lambda: all(is_free(port) for port in past.ports))
    assert_nothing_left(past.folder, past.ports)


async def test_given_addresses_are_passed_on_and_nothing_is_started(tmp_path: Path) -> None:
    """With both addresses given there is neither a process nor a folder."""
    folder = tmp_path / "data"
    async with local_stack(folder, kafka="k:9092", redis="redis://r:6379/0") as addresses:
        assert addresses == Addresses("k:9092", "redis://r:6379/0")
    assert not folder.exists()


async def test_with_only_kafka_given_only_valkey_is_started(tmp_path: Path) -> None:
    """Each of the two addresses counts for itself."""
    async with (
        local_stack(tmp_path, kafka="k:9092") as addresses,
        Redis.from_url(addresses.redis) as redis,
    ):
        assert await redis.ping()
    assert os.listdir(tmp_path) == ["valkey"]  # noqa: PTH208


async def test_the_stack_of_the_session_serves_tests_that_are_coroutines(stack: Addresses) -> None:
    """The fixture `stack` works in a test that has a loop of its own."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    assert (await admin.describe_cluster())["brokers"]
    await admin.close()
    async with Redis.from_url(stack.redis) as redis:
        assert await redis.ping()
