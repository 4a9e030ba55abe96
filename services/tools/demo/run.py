"""Runs the demo: starts everything in a new folder, replays the script, shows what happens."""

from collections.abc import Awaitable, Callable
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import yaml
from aiokafka import TopicPartition

from schemas import topics
from services.platform.faults import FaultError
from services.platform.kafka.clients import connected_admin, connected_consumer
from services.platform.kafka.security import security_of
from services.platform.kafka.topics.existing import existing_topics
from services.platform.settings import Settings
from services.platform.tasks import run_with_background
from services.tools.demo.api import Api, open_api
from services.tools.demo.script import Script
from services.tools.demo.snapshot import Display
from services.tools.demo.subscriber import Subscriber
from services.tools.demo.topic_order import TopicOrder, barriers_of
from services.tools.demo.watch import Watcher
from services.tools.replay.run import Plan, replay, ticking
from services.tools.replay.schedule import Pace, in_time_order
from services.tools.up.data_folder import (
    RunningStack,
    empty_data_folder,
    own_data_folder,
    require_own_folder,
)
from services.tools.up.run import with_all_services
from services.tools.up.supervise import Notifier
from topology.batching.security import OPEN, KafkaSecurity

T = TypeVar("T")
Afterwards = Callable[[Api, Subscriber], Awaitable[T]]
REPLAYED_TOPICS: tuple[str, ...] = (*topics.SOURCES, topics.CLOCK)
POLICY_FILE = "policy.yaml"


async def run_demo(
    settings: Settings,
    script: Script,
    *,
    speed: float | None,
    display: Display,
    afterwards: Afterwards[T],
) -> T:
    """Start everything in the emptied folder `demo` of the data folder, and replay the script.

    `speed` is in messages per second, None for as fast as possible. `afterwards` runs while
    everything is still up, once the API shows the end of the script.

    Raises:
        FaultError, StackError, PolicyError: a service can't start, keeps dying or stands still.
    """
    changes = {"data_dir": settings.data_dir / "demo", "clock": "topic", "archive": "off"}
    own = settings.model_copy(update=changes)
    require_own_folder(own.data_dir)
    if own.kafka_bootstrap_servers:
        await require_unused_kafka(own.kafka_bootstrap_servers, security_of(own))
    async with own_data_folder(own.data_dir):
        await empty_data_folder(own.data_dir)
        if script.currency is not None and own.policy is None:
            file = write_demo_policy(own.data_dir, script.currency)
            own = own.model_copy(update={"policy": file})
        notifier = Notifier(display.print, display.print)
        work = partial(_replay_and_watch, script, speed, display, afterwards, security_of(own))
        return await with_all_services(own, workers=1, notifier=notifier, work=work)


async def _replay_and_watch(
    script: Script,
    speed: float | None,
    display: Display,
    afterwards: Afterwards[T],
    security: KafkaSecurity,
    stack: RunningStack,
) -> T:
    barriers = barriers_of(in_time_order(script.record()))
    subscriber = Subscriber(stack.kafka, await _partitions(stack.kafka, security), security)
    async with open_api(stack.api) as api:
        watcher = Watcher(api, subscriber, display, script.noun)
        pace = TopicOrder(Pace(speed), barriers, lambda: watcher.as_of)
        plan = Plan(stack.kafka, ticking(script.end), pace, script.end, security)

        async def watch() -> T:
            await watcher.until(script.end)
            await subscriber.catch_up()
            await watcher.show_all()
            return await afterwards(api, subscriber)

        replaying = replay(script.record, plan, watcher)
        return await run_with_background(watch(), replaying, subscriber.follow())


async def _partitions(kafka: str, security: KafkaSecurity) -> int:
    async with connected_admin(kafka, security) as admin:
        existing = await existing_topics(admin, (topics.TRANSITIONS,))
    return existing[topics.TRANSITIONS].partitions


async def require_unused_kafka(kafka: str, security: KafkaSecurity = OPEN) -> None:
    """Check that the topics of the demo are empty: else its results would not be its own.

    Raises:
        FaultError: a topic has messages, or Kafka is away.
    """
    async with connected_admin(kafka, security) as admin:
        existing = await existing_topics(admin, REPLAYED_TOPICS)
    places = [
        TopicPartition(topic.name, partition)
        for topic in existing.values()
        for partition in range(topic.partitions)
    ]
    used = {place.topic for place, end in (await _ends_of(kafka, security, places)).items() if end}
    if used:
        raise FaultError(
            f"The demo needs a Kafka of its own, but the one at {kafka} has messages in "
            f"{', '.join(sorted(used))}. Unset KAFKA_BOOTSTRAP_SERVERS, and the demo starts one."
        )


async def _ends_of(
    kafka: str, security: KafkaSecurity, places: list[TopicPartition]
) -> dict[TopicPartition, int]:
    if not places:
        return {}
    async with connected_consumer(kafka, security, isolation_level="read_uncommitted") as consumer:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return ends


def write_demo_policy(folder: Path, currency: str) -> Path:
    """Write the default policy in another currency, and return the file."""
    text = files("schemas.policy").joinpath("default.yaml").read_text("utf-8")
    policy = yaml.safe_load(text) | {"currency": currency}
    file = folder / POLICY_FILE
    file.write_text(yaml.safe_dump(policy, sort_keys=False, allow_unicode=True), "utf-8")
    return file
