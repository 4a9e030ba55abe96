"""A partition that is at work, without anything behind it."""

from tests.topology.batching.counting import Counting
from topology.batching.handlers import HandlerInForce, OneHandler
from topology.batching.partition import Partition


class AtWork(Partition):
    """It has this number of rows, and this lag."""

    def __init__(self, number: int, rows: int, lag: int | None) -> None:
        self.number = number
        self._rows = dict.fromkeys((b"%d" % n for n in range(rows)), b"")
        self.lag = lag

    is_ready = True
    timer_delay = 1.5

    @property
    def in_force(self) -> HandlerInForce:
        return OneHandler(Counting("out"), "d56c8c8b3d8e").at(0)

    @property
    def rows(self) -> dict[bytes, bytes]:
        return self._rows
