"""A worker that is told to stop in an awkward moment."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.local import Addresses
from tests.services.worker.in_process import events_of_a_worker
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

    def rebalance() -> None:
        built[-1].rebalancing = True

    await events_of_a_worker(stack.kafka, tmp_path, build, monkeypatch, rebalance)
