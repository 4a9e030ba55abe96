"""A worker that is told to stop in an awkward moment."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from schemas.policy import load_default_policy
from services.local import Addresses
from services.settings import Settings
from services.worker import run
from tests.topology.batching.kafka import eventually
from topology.app import AppSettings, build_app
from topology.batching.app import BatchApp
from topology.batching.meter import Meter


async def test_a_stop_during_a_rebalance_is_no_crash(
    stack: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust's fetcher takes it for one: it says so, but the worker ends with status 0."""
    built: list[BatchApp] = []

    def build(settings: AppSettings, time: Callable[[], float], meter: Meter) -> BatchApp:
        built.append(build_app(settings, time, meter))
        return built[-1]

    monkeypatch.setattr(run, "build_app", build)
    monkeypatch.setattr(run, "_tune_garbage_collection", lambda: None)
    settings = Settings(app_id=f"stop-{uuid4().hex[:8]}", data_dir=tmp_path, partitions=2)
    with capture_logs() as said:
        worker = asyncio.create_task(run._run(settings, load_default_policy(), stack.kafka, "w"))
        await eventually(
            lambda: worker.done() or "partition ready" in {one["event"] for one in said},
            "a partition ready",
        )
        built[-1].rebalancing = True
        os.kill(os.getpid(), signal.SIGTERM)
        assert await worker == 0
