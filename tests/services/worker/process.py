"""Worker processes as a user starts them, and what they leave in Kafka."""

import json
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from aiokafka import ConsumerRecord

from tests.services.tools.cli.command import COMMAND, environment
from tests.topology.batching.kafka import Log, Sent, eventually, producing, send_all


class WorkerProcess:
    """`stammkunde worker` in a process of its own. Its log is printed when the test is over.

    Args:
        command: another program that takes the same arguments.
    """

    def __init__(
        self,
        kafka: str,
        folder: Path,
        name: str,
        settings: dict[str, str],
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._log = folder / f"{name}.log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "worker", "--id", name],
                stdout=log,
                stderr=log,
                cwd=folder,
                env=environment(folder, KAFKA_BOOTSTRAP_SERVERS=kafka, **settings),
            )

    @classmethod
    @contextmanager
    def started(
        cls,
        kafka: str,
        folder: Path,
        name: str,
        command: Sequence[str] = COMMAND,
        **settings: str,
    ) -> Iterator[Self]:
        worker = cls(kafka, folder, name, settings, command)
        try:
            yield worker
        finally:
            worker.process.kill()
            worker.process.wait()
            print(f"--- {name}:\n{worker.output}")  # noqa: T201 - shown if the test fails

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    async def until_ready(self, partitions: int) -> None:
        await eventually(
            lambda: self.output.count("partition ready") >= partitions, f"{partitions} ready"
        )

    async def until_ended(self) -> None:
        await eventually(lambda: self.process.poll() is not None, "the worker has ended")

    async def terminate(self) -> None:
        """SIGTERM; assert that it ends in order."""
        self.process.send_signal(signal.SIGTERM)
        await self.until_ended()
        assert self.process.returncode == 0, self.output


async def send_records(kafka: str, records: list[Sent], **settings: Any) -> None:
    """Send records one after the other."""
    async with producing(kafka, **settings) as producer:
        await send_all(producer, records)


def values_in(log: Log) -> list[dict[str, Any]]:
    """The values of JSON records."""
    return [json.loads(record.value) for record in log.records]


def headers_of(record: ConsumerRecord[bytes, bytes]) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers}
