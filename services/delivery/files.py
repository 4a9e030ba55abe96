"""How many connections this process may have open."""

import resource
from typing import Final

WANTED: Final = 8_192
"""Each lane holds two to Kafka, and up to `AT_ONCE` to its endpoint."""


def allow_many_files() -> None:
    """Raise the limit as far as the system allows, up to `WANTED`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
