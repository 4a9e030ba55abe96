"""Which services run, and the environment of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.platform.settings import PREFIX, Settings
from services.tools.local_stack.stack import Addresses
from services.tools.up.service import Service


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is known before the first service starts."""

    settings: Settings
    addresses: Addresses
    api_port: int
    partitions: int
    workers: int

    @property
    def api_url(self) -> str:
        """The URL of the API on this machine."""
        anywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound
        host = self.settings.api_host
        host = anywhere.get(host, f"[{host}]" if ":" in host else host)
        return f"http://{host}:{self.api_port}"


def services_of(deployment: Deployment) -> list[Service]:
    """Return every service: workers, projector, API, delivery, and the archive if it is on."""
    shared, logs = _environment(deployment), deployment.settings.data_dir / "logs"
    workers = [f"worker-{number}" for number in range(1, deployment.workers + 1)]
    return [
        *(
            _worker(name, {**shared, **_metrics(deployment.settings.metrics_port, number)}, logs)
            for number, name in enumerate(workers)
        ),
        *(Service(name, name, shared, logs / f"{name}.log") for name in ("projector", "api")),
        *(
            Service(
                name,
                name,
                {**shared, **_metrics(deployment.settings.metrics_port, number)},
                logs / f"{name}.log",
            )
            for number, name in enumerate(_with_metrics(deployment), deployment.workers)
        ),
    ]


def _with_metrics(deployment: Deployment) -> tuple[str, ...]:
    """The roles that serve metrics on ports after those of the workers."""
    return ("delivery",) if deployment.settings.archive == "off" else ("delivery", "archive")


def _worker(name: str, shared: Mapping[str, str], logs: Path) -> Service:
    own = {**shared, f"{PREFIX}WORKER_ID": name}
    return Service(name, "worker", own, logs / f"{name}.log")


def _metrics(first: int | None, number: int) -> Mapping[str, str]:
    """The port for the metrics of a role: one after the other, the workers first."""
    return {f"{PREFIX}METRICS_PORT": str(first + number)} if first else {}


def _environment(deployment: Deployment) -> dict[str, str]:
    settings = deployment.settings
    return {
        "KAFKA_BOOTSTRAP_SERVERS": deployment.addresses.kafka,
        "REDIS_URL": deployment.addresses.redis,
        "REDIS_URL_FILE": "",  # read already
        f"{PREFIX}API_PORT": str(deployment.api_port),
        f"{PREFIX}PARTITIONS": str(deployment.partitions),
        f"{PREFIX}CLOCK": settings.clock,
        f"{PREFIX}DATA_DIR": str(settings.data_dir.absolute()),
        **({f"{PREFIX}POLICY": str(settings.policy.absolute())} if settings.policy else {}),
    }
