"""Room for many connections: each is an open file, of which a process may often have only 1,024."""

import resource
from typing import Final

import structlog

BESIDE: Final = 256
"""Open files beside the listeners: other requests, Redis, Kafka, logs."""


def allow_open_files(listeners: int) -> None:
    """Let this process have as many open files as so many listeners need, if the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, listeners + BESIDE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if allowed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        structlog.get_logger().warning(
            "few_open_files",
            allowed=allowed,
            wanted=wanted,
            advice="raise the limit (ulimit -n), or lower STAMMKUNDE_API_LISTENERS",
        )
