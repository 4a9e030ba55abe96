"""What the projector may have to wait for."""

from dataclasses import dataclass
from typing import Self

from structlog.typing import FilteringBoundLogger

from services.platform.outage import Outage


@dataclass(frozen=True, slots=True)
class Outages:
    """All that the projector may have to wait for."""

    kafka: Outage
    redis: Outage
    topics: Outage
    turn: Outage
    """Another projector is at work."""

    @classmethod
    def of(cls, log: FilteringBoundLogger) -> Self:
        """Nothing is away yet."""
        return cls(*(Outage(log, what) for what in ("kafka", "redis", "topics", "turn")))
