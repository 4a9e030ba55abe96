"""The stack under test: Kafka, Redis, workers, a projector, an API and an archive, to be hurt."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from schemas import topics
from services.platform.kafka.topics.ensure import ensure_topics
from services.tools.local_stack import KafkaServer, ValkeyServer
from tests.chaos.erasing import SALT
from tests.chaos.role import Role
from tests.oracle import Policy
from tests.services.tools.cli.command import environment

APP: Final = "chaos"
PARTITIONS: Final = 4
OTHER_MAX_AGE: Final = "8 days"
"""It makes another version of a policy, which decides alike where time comes from ticks."""
LISTENS: Final = re.compile(r'"url": "([^"]+)", "event": "listening"')
LAST_CHARACTERS: Final = 300
"""Characters of a process's last line."""


class World:
    """Everything that runs.

    `workers` are those that should be alive; `troubles` is what should not have come about, even
    if nothing was lost by it.
    """

    def __init__(
        self, folder: Path, kafka: KafkaServer, redis: ValkeyServer, policy: Policy
    ) -> None:
        self.folder = folder
        self._policy = folder / "policy.yaml"
        self._policies = [policy.document, {**policy.document, "max_age": OTHER_MAX_AGE}]
        self.change_policy()
        self.kafka = kafka
        self.redis = redis
        self.workers: dict[str, Role] = {}
        self.gone: list[Role] = []
        self.troubles: list[str] = []
        self.projector = self._role("projector", "projector")
        self.api = self._role("api", "api", STAMMKUNDE_API_PORT="0")
        self.archive = self._role("archive", "archive", STAMMKUNDE_ARCHIVE_FILE_AGE_S="3")
        self.archive_folder = folder / self.archive.name / "archive"

    @classmethod
    @asynccontextmanager
    async def running(
        cls, folder: Path, workers: tuple[str, ...], policy: Policy
    ) -> AsyncIterator["World"]:
        """A whole stack with these workers, for as long as the block lasts."""
        async with AsyncExitStack() as stack:
            kafka, redis = KafkaServer(folder / "kafka"), ValkeyServer(folder / "valkey")
            for server in (kafka, redis):
                stack.push_async_callback(server.stop)
                await server.start()
            await ensure_topics(kafka.address, topics.catalogue(APP), PARTITIONS)
            world = cls(folder, kafka, redis, policy)
            stack.callback(world.kill)
            for role in world._others:
                role.start()
            for name in workers:
                world.add_worker(name)
            yield world

    @property
    def _others(self) -> tuple[Role, ...]:
        """Those beside the workers, of which each is there all the time."""
        return self.projector, self.api, self.archive

    def change_policy(self) -> None:
        """Let the file say the one policy and the other in turns: who starts later reads that."""
        document = self._policies.pop(0)
        self._policy.write_text(json.dumps(document), encoding="utf-8")  # which YAML is, too
        self._policies.append(document)

    def add_worker(self, name: str) -> None:
        """Start a worker that has not been there before."""
        worker = self._role(name, "worker", STAMMKUNDE_WORKER_ID=name)
        self.workers[name] = worker
        worker.start()

    def remove_worker(self, name: str) -> Role:
        """Count a worker no longer among those that should live."""
        worker = self.workers.pop(name)
        self.gone.append(worker)
        return worker

    def bring_back(self, name: str) -> None:
        """Start a worker again that was removed."""
        worker = next(each for each in self.gone if each.name == name)
        self.gone.remove(worker)
        self.workers[name] = worker
        worker.start()

    async def api_url(self) -> str:
        """Where the API listens, once it says so."""
        await until(lambda: LISTENS.search(self.api.output) is not None, "the API listens")
        return str(LISTENS.findall(self.api.output)[-1])

    def kill(self) -> None:
        """Kill -9 all that is ours, but the servers."""
        for role in (*self.workers.values(), *self.gone, *self._others):
            role.kill()

    def supervise(self) -> None:
        """Start again what has ended by itself, as whoever runs it does, and remember it."""
        for role in (*self.workers.values(), *self._others):
            if role.status is not None:
                why = role.output.rstrip().rpartition("\n")[2][:LAST_CHARACTERS]
                self.troubles.append(f"{role.name} ended by itself with {role.status}: {why}")
                role.start()

    def _role(self, name: str, command: str, **settings: str) -> Role:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        variables = environment(
            folder,
            KAFKA_BOOTSTRAP_SERVERS=self.kafka.address,
            REDIS_URL=self.redis.url,
            STAMMKUNDE_APP_ID=APP,
            STAMMKUNDE_PARTITIONS=str(PARTITIONS),
            STAMMKUNDE_CLOCK="topic",
            STAMMKUNDE_POLICY=str(self._policy),
            STAMMKUNDE_ERASURE_SALT=SALT,
            **settings,
        )
        return Role(name, command, variables, self.folder)


async def until(holds: Callable[[], bool], what: str, within_s: float = 60) -> None:
    """Wait until something holds, or fail saying what did not come about."""
    try:
        async with asyncio.timeout(within_s):
            while not holds():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"after {within_s:g} s still not: {what}") from None
