"""The whole demo."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from schemas import topics
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.security import security_of
from services.platform.kafka.topics.existing import existing_topics
from services.platform.settings import Settings
from services.platform.tasks import run_with_background
from services.tools.demo.api import Api, connected
from services.tools.demo.fresh import refuse_used
from services.tools.demo.in_step import InStep, barriers_of
from services.tools.demo.own_policy import write_policy
from services.tools.demo.scene import Audience
from services.tools.demo.script import Script
from services.tools.demo.subscriber import Subscriber
from services.tools.demo.watch import Watcher
from services.tools.replay.chronology import in_time_order
from services.tools.replay.pace import Pace
from services.tools.replay.run import Plan, replay, ticking
from services.tools.up.data_folder import empty, owned, refuse_strangers
from services.tools.up.report import Report
from services.tools.up.run import with_all_services
from services.tools.up.stack_file import RunningStack
from topology.batching.security import KafkaSecurity

T = TypeVar("T")
Afterwards = Callable[[Api, Subscriber], Awaitable[T]]


async def run_demo(
    settings: Settings,
    script: Script,
    *,
    speed: float | None,
    audience: Audience,
    afterwards: Afterwards[T],
) -> T:
    """Start everything anew in the folder `demo` of the data folder, and perform the script.

    `speed` is in messages per second, None for as fast as possible. When all of it has been worked
    out and can be seen in the API, `afterwards` is done while everything still runs.

    Raises:
        FaultError, StackError, PolicyError: something can't start, keeps dying or does not move any
            more.
    """
    own = settings.model_copy(update={"data_dir": settings.data_dir / "demo", "clock": "topic"})
    refuse_strangers(own.data_dir)
    if own.kafka_bootstrap_servers:
        await refuse_used(own.kafka_bootstrap_servers, security_of(own))
    async with owned(own.data_dir):
        await empty(own.data_dir)
        if script.currency is not None and own.policy is None:
            file = write_policy(own.data_dir, script.currency)
            own = own.model_copy(update={"policy": file})
        report = Report(audience.say, audience.say)
        work = partial(_perform, script, speed, audience, afterwards, security_of(own))
        return await with_all_services(own, workers=1, report=report, work=work)


async def _perform(
    script: Script,
    speed: float | None,
    audience: Audience,
    afterwards: Afterwards[T],
    security: KafkaSecurity,
    stack: RunningStack,
) -> T:
    barriers = barriers_of(in_time_order(script.record()))
    subscriber = Subscriber(stack.kafka, await _partitions(stack.kafka, security), security)
    async with connected(stack.api) as api:
        watcher = Watcher(api, subscriber, audience, script.noun)
        pace = InStep(Pace(speed), barriers, lambda: watcher.as_of)
        plan = Plan(stack.kafka, ticking(script.end), pace, script.end, security)

        async def performance() -> T:
            await watcher.until(script.end)
            await subscriber.catch_up()
            await watcher.show_all()
            return await afterwards(api, subscriber)

        replaying = replay(script.record, plan, watcher)
        return await run_with_background(performance(), replaying, subscriber.follow())


async def _partitions(kafka: str, security: KafkaSecurity) -> int:
    async with connected_admin(kafka, security) as admin:
        existing = await existing_topics(admin, (topics.TRANSITIONS,))
    return existing[topics.TRANSITIONS].partitions
