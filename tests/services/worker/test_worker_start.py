"""A worker that starts while Kafka comes and goes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.local import Addresses
from services.local.ports import free_port
from tests.services.worker.in_process import events_of_a_worker
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

    said = await events_of_a_worker(stack.kafka, tmp_path, build, monkeypatch)

    assert "Kafka went away during the start, trying again" in said
