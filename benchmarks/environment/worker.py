"""The worker as its users start it, and when it is ready."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.environment.stage import Player, Stage, playing

_LOOK_EVERY_S = 0.02
_TIMEOUT_S = 300


@asynccontextmanager
async def worker(
    on: Stage, app_id: str, name: str = "worker", settings: Mapping[str, str] | None = None
) -> AsyncIterator[Player]:
    """Run a worker with the default policy for as long as the block lasts.

    It keeps its `name` over restarts, else its next self would have to wait until the group has
    missed it.
    """
    command = ["-m", "services.tools.cli", "worker", "--id", name]
    settings = {"STAMMKUNDE_APP_ID": app_id, **(settings or {})}
    async with playing(on, name, command, settings) as player:
        yield player


async def ready_partitions(player: Player, at_least: int) -> list[datetime]:
    """Wait until so many partitions are ready; returns when each was."""
    async with asyncio.timeout(_TIMEOUT_S):
        while len(times := [at for at, _ in log_lines(player.log, "partition ready")]) < at_least:
            await player.check()
            await asyncio.sleep(_LOOK_EVERY_S)
    return times


def log_lines(log: Path, event: str) -> list[tuple[datetime, Mapping[str, Any]]]:
    """The lines of a log about one kind of event, and when they were written."""
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if f'"{event}"' in line]
    found = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
    return [(datetime.fromisoformat(line["timestamp"]), line) for line in found]
