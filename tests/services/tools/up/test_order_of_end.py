"""The order in which `up` ends: each service, however long that takes, then the servers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NoReturn

import pytest

from services.platform import tasks
from services.platform.kafka.topics.ensure import TopicsReady
from services.platform.settings import Settings
from services.platform.tasks import run_with_background
from services.tools.local_stack import stack
from services.tools.up import run, service
from services.tools.up.data_folder import RunningStack
from services.tools.up.run import with_all_services
from services.tools.up.service import Service, run_once
from services.tools.up.supervise import Notifier
from tests.waits import LONGEST_WAIT_S

SERVICES = ["worker-1", "projector", "api", "delivery", "archive"]
STARTED = len(SERVICES) + 2
"""With Kafka and Valkey."""


class World:
    """Services and servers that run nowhere, and the order in which they start and end."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.changed = asyncio.Event()
        self.may_end = asyncio.Event()
        self.died = asyncio.Event()

    def record(self, event: str) -> None:
        self.events.append(event)
        self.changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self.changed.clear()
            await self.changed.wait()

    def count(self, word: str) -> int:
        return sum(each.startswith(word) for each in self.events)


class Process:
    """A process that ignores SIGTERM until it may end."""

    def __init__(self, world: World, name: str) -> None:
        self._world, self._name = world, name

    def send_signal(self, _number: int) -> None:
        self._world.record(f"asked {self._name}")

    async def wait(self) -> int:
        await self._world.may_end.wait()
        if f"ended {self._name}" not in self._world.events:
            self._world.record(f"ended {self._name}")
        return 0


class FakeServer:
    """A server of the local stack that takes a while to stop."""

    is_running = True
    address = url = "127.0.0.1:1"

    def __init__(self, world: World, folder: Path) -> None:
        self._world, self._name = world, folder.name

    async def start(self) -> None:
        self._world.record(f"started {self._name}")

    async def stop(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        self._world.record(f"stopped {self._name}")


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    made = World()

    async def start(one: Service) -> Process:
        made.record(f"started {one.name}")
        return Process(made, one.name)

    async def nothing(*_: object) -> None:
        pass

    async def topics(*_: object) -> TopicsReady:
        return TopicsReady(1, (), {})

    for name in ("KafkaServer", "ValkeyServer"):
        monkeypatch.setattr(stack, name, lambda folder, **_: FakeServer(made, folder))
    monkeypatch.setattr(run, "ensure_topics", topics)
    monkeypatch.setattr(run, "check_address", nothing)
    monkeypatch.setattr(run, "wait_until_ready", nothing)
    monkeypatch.setattr(service, "_start", start)
    monkeypatch.setattr(tasks.end, "__defaults__", (0.0,))  # It cancels again at once.
    async with asyncio.timeout(LONGEST_WAIT_S):
        yield made


async def turns() -> None:
    """Let every task run on as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_service_is_waited_for_however_often_that_is_cancelled(
    world: World, tmp_path: Path
) -> None:
    """`tasks.end` cancels again and again what takes too long to end."""
    running = asyncio.create_task(run_once(Service("delivery", "delivery", {}, tmp_path / "log")))
    await world.until(lambda: bool(world.events))
    for _ in range(3):
        running.cancel()
        await turns()
    assert not running.done()
    assert world.events == ["started delivery", "asked delivery"]
    world.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert world.events[-1] == "ended delivery"


async def test_all_services_have_ended_before_a_server_stops_and_none_starts_again(
    world: World, tmp_path: Path
) -> None:
    async def stay(_: RunningStack) -> NoReturn:
        world.record("ready")
        while True:
            await asyncio.Event().wait()

    quiet = Notifier(lambda _: None, lambda _: None)
    settings = Settings(data_dir=tmp_path, api_port=0, redis_url=None, kafka_bootstrap_servers=None)
    everything = with_all_services(
        settings, workers=1, notifier=quiet, work=stay, tolerates_failures=True
    )
    up = asyncio.create_task(run_with_background(everything))
    await world.until(lambda: world.count("started") == STARTED and "ready" in world.events)
    for _ in range(3):
        up.cancel()
        await turns()
    assert sorted(world.events[-len(SERVICES) :]) == sorted(f"asked {name}" for name in SERVICES)
    assert not up.done()
    world.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await up
    *before, kafka, valkey = world.events
    assert {*before[-len(SERVICES) :]} == {f"ended {name}" for name in SERVICES}
    assert (kafka, valkey) == ("stopped kafka", "stopped valkey")
    assert world.count("started") == STARTED
