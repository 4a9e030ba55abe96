"""A worker process in an awkward moment: `odd_worker KIND KAFKA FOLDER`, run as a module.

It tells itself to stop as soon as a partition is ready.
"""

import os
import signal
import sys
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import structlog
import uvloop

from schemas.messages.reading import Reading
from schemas.policy import load_default_policy
from services.platform.settings import Settings
from services.tools.local_stack.ports import free_port
from services.worker import run
from topology.app import AppSettings, build_app
from topology.batching.app import BatchApp
from topology.batching.meter import Meter

Note = Callable[[Reading], object]
Build = Callable[[AppSettings, Callable[[], float], Meter, Note], BatchApp]
BeforeStop = Callable[[], None]


def stopped_in_a_rebalance() -> tuple[Build, BeforeStop]:
    """Faust takes itself to be in a rebalance when the signal comes."""
    built: list[BatchApp] = []

    def build(
        settings: AppSettings, time: Callable[[], float], meter: Meter, note: Note
    ) -> BatchApp:
        built.append(build_app(settings, time, meter, note))
        return built[-1]

    def before_stop() -> None:
        built[-1].rebalancing = True

    return build, before_stop


def without_kafka_at_first() -> tuple[Build, BeforeStop]:
    """Kafka goes away between the look at the topics and the start."""
    nowhere = [f"127.0.0.1:{free_port()}"]

    def build(
        settings: AppSettings, time: Callable[[], float], meter: Meter, note: Note
    ) -> BatchApp:
        kafka = nowhere.pop() if nowhere else settings.bootstrap_servers
        return build_app(settings._replace(bootstrap_servers=kafka), time, meter, note)

    return build, lambda: None


KINDS = {one.__name__: one for one in (stopped_in_a_rebalance, without_kafka_at_first)}


def main(kind: str, kafka: str, folder: str) -> int:
    """Run the worker, and return its exit status."""
    build, before_stop = KINDS[kind]()
    setattr(run, build_app.__name__, build)

    def stop_when_ready(
        _: Any, __: str, entry: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        if entry["event"] == "partition ready":
            before_stop()
            os.kill(os.getpid(), signal.SIGTERM)
        return entry

    structlog.configure([stop_when_ready, structlog.processors.JSONRenderer()])
    settings = Settings(app_id=f"odd-{kind}", data_dir=Path(folder), partitions=2)
    return uvloop.run(run._run(settings, load_default_policy(), kafka, "w"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
