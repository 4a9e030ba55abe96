"""One contestant's race: from its first commit to its last."""

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

_LOOK_EVERY_S = 0.05
_PATIENCE_S = 600


class Contestant(StrEnum):
    """Who races."""

    BARE = "bare aiokafka loop"
    WORKER = "stammkunde worker, exactly once"


@dataclass(frozen=True)
class Result:
    """What one race gave. `load` is the machine's load average over the last minute."""

    rate: float
    """Events per second."""
    cpu: float
    """CPU seconds per million events."""
    seconds: float
    load: float


async def race(contestant: Contestant, kafka: str, group: str, folder: Path, orders: int) -> Result:
    """Run a contestant as a process of its own, until its group has committed every order."""
    command = {
        Contestant.BARE: ["-m", "benchmarks.bare"],
        Contestant.WORKER: ["-m", "services.cli", "worker"],
    }[contestant]
    environment = os.environ | {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "STAMMKUNDE_APP_ID": group.replace(" ", "-").replace(",", ""),
        "STAMMKUNDE_DATA_DIR": str(folder / "data"),
    }
    with (folder / "contestant.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, env=environment, stdout=log, stderr=log
        )
        try:
            return await _measure(kafka, environment["STAMMKUNDE_APP_ID"], process.pid, orders)
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()


async def _measure(kafka: str, group: str, pid: int, orders: int) -> Result:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            begun = await _wait_for(admin, group, 1)
            began, cpu_began = time.monotonic(), _cpu_seconds(pid)
            done = await _wait_for(admin, group, orders)
            seconds = time.monotonic() - began
            cpu = _cpu_seconds(pid) - cpu_began
    finally:
        await admin.close()
    events = done - begun
    return Result(
        round(events / seconds), round(cpu / events * 1e6, 2), round(seconds, 2), os.getloadavg()[0]
    )


async def _wait_for(admin: AIOKafkaAdminClient, group: str, events: int) -> int:
    while True:
        try:
            offsets = await admin.list_consumer_group_offsets(group)
        except GroupCoordinatorNotAvailableError:  # The broker makes the topic for it just now.
            offsets = {}
        committed = sum(max(int(place.offset), 0) for place in offsets.values())
        if committed >= events:
            return committed
        await asyncio.sleep(_LOOK_EVERY_S)


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process, from Linux's /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
