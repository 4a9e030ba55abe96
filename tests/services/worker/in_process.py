"""A worker in this process, told to stop by a signal once it is at work."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from schemas.policy import load_default_policy
from services.settings import Settings
from services.worker import run
from tests.topology.batching.kafka import eventually
from topology.app import AppSettings
from topology.batching.app import BatchApp
from topology.batching.meter import Meter

Build = Callable[[AppSettings, Callable[[], float], Meter], BatchApp]


async def events_of_a_worker(
    kafka: str,
    folder: Path,
    build: Build,
    monkeypatch: pytest.MonkeyPatch,
    before_stop: Callable[[], None] = lambda: None,
) -> set[str]:
    """Run a worker with this `build_app`, and SIGTERM once it is ready; it must end with status 0.

    Returns:
        The events that it has logged.
    """
    monkeypatch.setattr(run, "build_app", build)
    monkeypatch.setattr(run, "_tune_garbage_collection", lambda: None)
    settings = Settings(app_id=f"worker-{uuid4().hex[:8]}", data_dir=folder, partitions=2)
    with capture_logs() as said:
        worker = asyncio.create_task(run._run(settings, load_default_policy(), kafka, "w"))
        await eventually(
            lambda: worker.done() or "partition ready" in {one["event"] for one in said},
            "a partition ready",
        )
        before_stop()
        os.kill(os.getpid(), signal.SIGTERM)
        assert await worker == 0
    return {one["event"] for one in said}
