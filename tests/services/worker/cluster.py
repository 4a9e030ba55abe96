"""Three Kafka brokers on this machine, each also a controller: any one of them may be lost."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.tools.local_stack.kafka import SETTINGS, KafkaServer
from services.tools.local_stack.ports import HOST, free_port
from services.tools.local_stack.storage import template_in

NODES = (1, 2, 3)
THREE = ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")


class Node(KafkaServer):
    """One of several brokers. `controllers` are the ports of all."""

    def __init__(self, folder: Path, number: int, controllers: Mapping[int, int]) -> None:
        super().__init__(folder, port=free_port())
        self.number = number
        self._fixed["controller"] = controllers[number]
        self._controllers = controllers

    def _template(self, jars: Path) -> Path:
        return template_in(jars, f"{SETTINGS.read_text()}node.id={self.number}")

    def _write_settings(self, filename: str, *, log: str) -> None:
        super()._write_settings(filename, log=log)
        file = self.folder / filename
        lines = [line for line in file.read_text().splitlines() if "=" in line]
        settings = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
        voters = (f"{each}@{HOST}:{port}" for each, port in self._controllers.items())
        settings |= {"node.id": str(self.number), "controller.quorum.voters": ",".join(voters)}
        settings |= {f"{topic}.replication.factor": "3" for topic in THREE}
        settings |= {f"{topic}.min.isr": "2" for topic in THREE[1:]}
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))


@dataclass(frozen=True)
class Cluster:
    """Brokers by their number."""

    nodes: Mapping[int, Node]

    @property
    def addresses(self) -> str:
        """All of them, since each may be the one that is lost."""
        return ",".join(node.address for node in self.nodes.values())


@asynccontextmanager
async def three_brokers(folder: Path) -> AsyncIterator[Cluster]:
    """Run three brokers, which are ready when the block begins."""
    controllers = {number: free_port() for number in NODES}
    nodes = {number: Node(folder / f"kafka-{number}", number, controllers) for number in NODES}
    async with AsyncExitStack() as running:
        for node in nodes.values():
            running.callback(node.kill)
        await asyncio.gather(*(node.start() for node in nodes.values()))
        yield Cluster(nodes)
