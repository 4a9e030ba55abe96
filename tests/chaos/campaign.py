"""A whole run: a load in rounds, faults while it flows, and a look at everything afterwards."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.answers import Answers
from tests.chaos.compare import compare
from tests.chaos.faults import Fault, Kind, Round, When
from tests.chaos.feed import Feed
from tests.chaos.half_done import count_half_done
from tests.chaos.load import Load, Step, Tick
from tests.chaos.schedule import FIRST_WORKERS
from tests.chaos.strike import strike
from tests.chaos.subscriber import Subscriber
from tests.chaos.watch import StandstillError, Watch
from tests.chaos.world import APP, PARTITIONS, World


@dataclass(frozen=True, slots=True)
class Survived:
    """What a run has come through.

    `answers` counts what was done about triggers that fired. `half_done` counts changed rows of
    transactions that were under way when a fault struck, and never took effect. `differences` from
    the oracle are what was lost or doubled; `troubles` are what else should not have come about.
    There are none of both if all is well.
    """

    kinds: Counter[Kind]
    sent: int
    answers: int
    half_done: int
    seconds: float
    longest_wait_s: float
    differences: list[str]
    troubles: list[str]

    @property
    def well(self) -> bool:
        """True if there is nothing to tell."""
        return not self.differences and not self.troubles


async def campaign(
    folder: Path, load: Load, rounds: list[Round], report: Callable[[str], None]
) -> Survived:
    """Let the load flow and the faults strike; then compare all with the oracle."""
    began = time.monotonic()
    async with World.running(folder, FIRST_WORKERS, load.policy) as world:
        watch = Watch(world.kafka.address, APP, PARTITIONS, world.supervise)
        async with (
            _listening(world) as subscriber,
            Feed.open(world.kafka.address, APP, PARTITIONS) as feed,
        ):
            answers = Answers(load, world.kafka.address, PARTITIONS)
            stage = _Stage(world, feed, watch, answers, report)
            stuck = await _play_all(stage, rounds, load)
            answered_load = load.with_answers(answers.given)
            differences = [*stuck, *await compare(world, answered_load, subscriber)]
        half_done = await count_half_done(world.kafka.address)
    return Survived(
        kinds=Counter(fault.kind for fault in stage.struck),
        sent=feed.sent,
        answers=sum(map(len, answers.given.values())),
        half_done=half_done,
        seconds=time.monotonic() - began,
        longest_wait_s=watch.longest_wait_s,
        differences=differences,
        troubles=[*world.troubles, *watch.troubles, *subscriber.troubles],
    )


@dataclass(frozen=True, slots=True)
class _Stage:
    """What a round is played on."""

    world: World
    feed: Feed
    watch: Watch
    answers: Answers
    report: Callable[[str], None]
    struck: list[Fault] = field(default_factory=list)


@asynccontextmanager
async def _listening(world: World) -> AsyncIterator[Subscriber]:
    """Somebody who listens over HTTP all the time."""
    subscriber = Subscriber(await world.api_url())
    listening = asyncio.create_task(subscriber.listen())
    try:
        yield subscriber
    finally:
        listening.cancel()
        await asyncio.wait([listening])


async def _play_all(stage: _Stage, rounds: list[Round], load: Load) -> list[str]:
    """Play round after round. If one gets stuck, that is the end; the answer says how."""
    try:
        for this, steps in zip(rounds, load.rounds, strict=True):
            answers = await stage.answers.of_round(this.number)
            await _play(stage, this, [*(each.sent for each in answers), *steps])
    except StandstillError as standstill:
        return [f"standstill: {standstill}"]
    return []


async def _play(stage: _Stage, this: Round, steps: list[Step]) -> None:
    """Let one round flow, its faults strike, and all of it take effect."""
    pouring = asyncio.create_task(stage.feed.pour(steps))
    sleeping: list[asyncio.Task[None]] = []
    try:
        for fault in this.faults:
            await _wait_for(stage, fault, pouring)
            stage.report(f"{fault}, {stage.feed.sent} sent")
            stage.struck.append(fault)
            striking = asyncio.create_task(strike(stage.world, fault))
            if fault.kind is Kind.WORKER_FROZEN:
                sleeping.append(striking)
            else:
                await striking
        await asyncio.gather(*sleeping)
        over = time.monotonic()
        stage.feed.hurry()
        await pouring
    finally:
        pouring.cancel()
        for task in sleeping:
            task.cancel()
    end = steps[-1]
    assert isinstance(end, Tick)
    await stage.watch.reached(end.now)
    stage.watch.waited(time.monotonic() - over, f"round {this.number} was through")


async def _wait_for(stage: _Stage, fault: Fault, pouring: asyncio.Task[None]) -> None:
    """Wait until it is time for a fault: in the middle of the work, or of what it recovers from."""
    if fault.when is When.CALM:
        await stage.watch.progress(pouring.done)
        stage.feed.burst()
    elif fault.when is When.COMMITTING:
        await stage.watch.open_transaction(pouring.done, stage.feed.burst)
    await asyncio.sleep(fault.delay_s)
