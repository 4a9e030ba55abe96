"""A real worker process, whose triggers a trial must give again."""

import asyncio
import subprocess
from pathlib import Path

from tests.services.tools.cli.command import COMMAND, environment


def start_worker(kafka: str, folder: Path, **settings: str) -> "subprocess.Popen[bytes]":
    """Start a worker that writes its log into a folder."""
    variables = environment(folder, KAFKA_BOOTSTRAP_SERVERS=kafka, **settings)
    with (folder / "worker.log").open("ab") as log:
        return subprocess.Popen([*COMMAND, "worker"], stdout=log, stderr=log, env=variables)


def must_live(worker: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Fail the test if the worker has ended by itself."""
    assert worker.poll() is None, (folder / "worker.log").read_text()[-2000:]


async def wait_until_ready(
    worker: "subprocess.Popen[bytes]", folder: Path, partitions: int
) -> None:
    """Wait until the worker has opened all partitions: one that is behind has another order."""
    while (folder / "worker.log").read_text().count("partition ready") < partitions:
        must_live(worker, folder)
        await asyncio.sleep(0.2)
