"""Serves the metrics of a worker, or of delivery, over HTTP, in a thread of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import CollectorRegistry, start_http_server

from services.platform.faults import FaultError

_log = structlog.get_logger(__name__)


class MetricsPortTakenError(FaultError):
    """The metrics can't be served where they should."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(
            f"The metrics can't be served on port {port} ({reason}): set STAMMKUNDE_METRICS_PORT "
            "to another port for each process, or to 0 for any free one."
        )


@contextmanager
def serving_metrics(registry: CollectorRegistry, host: str, port: int | None) -> Iterator[None]:
    """Serve them while the block runs. Without a port they are not served.

    Raises:
        MetricsPortTakenError: something else listens there.
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
