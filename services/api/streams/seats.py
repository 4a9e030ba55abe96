"""How many may listen at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from types import MappingProxyType

from prometheus_client import Gauge

from schemas.counted import counted
from services.platform.http.problems import Problem


class TooManyListeners(Problem):
    """No seat is left for one more."""

    status, kind = HTTPStatus.SERVICE_UNAVAILABLE, "too-many-listeners"
    headers = MappingProxyType({"Retry-After": "5"})

    def __init__(self, most: int) -> None:
        super().__init__(
            f"{counted(most, 'listener')} at once is all that this process takes: try again in a "
            "moment, ask GET /v1/triggers instead, or raise STAMMKUNDE_API_LISTENERS.",
        )


class Seats:
    """Counts the listeners of this process, and refuses those who are too many."""

    def __init__(self, most: int, gauge: Gauge) -> None:
        self._free = most
        self._most = most
        self._gauge = gauge

    @contextmanager
    def taken(self, stream: str) -> Iterator[None]:
        """Hold a seat meanwhile; raises TooManyListeners if there is none."""
        if self._free <= 0:
            raise TooManyListeners(self._most)
        self._free -= 1
        try:
            with self._gauge.labels(stream).track_inprogress():
                yield
        finally:
            self._free += 1
