"""The signals that ask a process to end."""

import asyncio
import signal
from functools import partial
from typing import Final

from structlog.typing import FilteringBoundLogger

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def stop_event(log: FilteringBoundLogger | None = None) -> asyncio.Event:
    """Return an event that SIGINT or SIGTERM sets. With a log, that records the signal."""
    stop = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, partial(_stop, stop, number, log))
    return stop


def _stop(stop: asyncio.Event, number: signal.Signals, log: FilteringBoundLogger | None) -> None:
    if log is not None:
        log.info("stop_requested", signal=number.name)
    stop.set()
