"""A worker that starts while Kafka comes and goes."""

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
from services.local.ports import free_port
from services.settings import Settings
from services.worker import run
from tests.topology.batching.kafka import eventually
from topology.app import AppSettings, build_app
from topology.batching.app import BatchApp
from topology.batching.meter import Meter


async def test_a_broker_that_goes_away_during_the_start_is_waited_for(
    stack: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The topics were there a moment ago: it says so, and begins anew."""
    nowhere = [f"127.0.0.1:{free_port()}"]

    def build(settings: AppSettings, time: Callable[[], float], meter: Meter) -> BatchApp:
        kafka = nowhere.pop() if nowhere else settings.bootstrap_servers
        return build_app(settings._replace(bootstrap_servers=kafka), time, meter)

    monkeypatch.setattr(run, "build_app", build)
    monkeypatch.setattr(run, "_tune_garbage_collection", lambda: None)
    settings = Settings(app_id=f"start-{uuid4().hex[:8]}", data_dir=tmp_path, partitions=2)
    with capture_logs() as said:
        worker = asyncio.create_task(run._run(settings, load_default_policy(), stack.kafka, "w"))
        await eventually(
            lambda: worker.done() or "partition ready" in {one["event"] for one in said},
            "a partition ready",
        )
        os.kill(os.getpid(), signal.SIGTERM)
        assert await worker == 0
    assert "Kafka went away during the start, trying again" in {one["event"] for one in said}
