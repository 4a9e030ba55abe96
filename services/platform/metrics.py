"""Serves the metrics of a process, and counts ignored fields for all that read messages.

stammkunde_ignored_fields_total{field}  fields that could not be read, and decide nothing;
                                        counted each time that a message is read
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import CollectorRegistry, Counter, start_http_server

from schemas.messages.reading import Reading, known_path
from services.platform.faults import FaultError

_log = structlog.get_logger(__name__)


class MetricsPortTakenError(FaultError):
    """Another process uses the port of the metrics."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(
            f"The metrics can't be served on port {port} ({reason}): set STAMMKUNDE_METRICS_PORT "
            "to another port for each process, or to 0 for any free one."
        )


@contextmanager
def serving_metrics(registry: CollectorRegistry, host: str, port: int | None) -> Iterator[None]:
    """Serve the metrics while the block runs; without a port, don't.

    Raises:
        MetricsPortTakenError: another process listens there.
    """
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise MetricsPortTakenError(port, error.strerror or str(error)) from None
    _log.info("metrics are served", url=f"http://{host}:{server.server_port}/metrics")
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class IgnoredFields:
    """Counts the fields that one process ignored. The label is one of `IGNORED_PATHS`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._fields = Counter(
            "stammkunde_ignored_fields",
            "Fields that were passed over: they could not be read, and decide nothing.",
            ["field"],
            registry=registry,
        )

    def note(self, reading: Reading) -> None:
        """Count the fields that a reading ignored."""
        self.count(reading.ignored)

    def count(self, paths: Iterable[str]) -> None:
        """Count fields by their paths."""
        for path in paths:
            self._fields.labels(known_path(path)).inc()
