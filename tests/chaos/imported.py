"""A customer of another shop: their history comes quietly, while the clock goes on."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import ceil
from typing import Final

from schemas import topics
from schemas.messages.record_headers import QUIET_HEADER
from tests.chaos.customer import LONG_AGO, MILLISECOND, Customer, Emission, Place
from tests.chaos.load import Sent

FEWEST: Final = 3
MOST: Final = 60
LIVE_AFTER: Final = 2
"""So many rounds after it began an import of one part has settled, whatever workers had read."""


@dataclass
class Imported(Customer):
    """A customer whose whole history of before a round comes in order, from its beginning on.

    It comes between two ticks, or is cut by some: in so many `parts`, up to two rounds. One that
    is not cut comes at a round's beginning, when the tick before it has taken effect everywhere.
    Only then it is certain that no tick takes effect in the midst of it.
    """

    imported_in: int = 0
    parts: int = 1
    goes_on: bool = False
    """True if there are live events long after the import, which are not quiet."""
    _left: list[datetime] = field(default_factory=list)
    _parts_sent: int = 0

    @property
    def is_cut(self) -> bool:
        """True if ticks come in the midst of it."""
        return self.parts > 1

    def live(self, place: Place) -> Iterator[Emission]:
        """Send a part of the history, or do what any customer does."""
        if place.round < self.imported_in:
            return
        if self._parts_sent < self.parts:
            yield from self._part(place)
        elif self.goes_on and place.round >= self.imported_in + LIVE_AFTER:
            yield from super().live(place)

    def _part(self, place: Place) -> Iterator[Emission]:
        if not self._parts_sent:
            self._left = self._history(place.since)
        share = ceil(len(self._left) / (self.parts - self._parts_sent))
        now, self._left = self._left[:share], self._left[share:]
        self._parts_sent += 1
        step = (place.end - place.begin) / (len(now) + 1)
        topic = topics.SUPPORT_EVENTS if self.home == self.imported_in % 4 else topics.SHOP_EVENTS
        for number, at in enumerate(now, start=1):
            for each in self._act(place, topic, at, place.begin + step * number):
                yield _quiet(each)

    def _history(self, end: datetime) -> list[datetime]:
        number = self.chance.randint(FEWEST, MOST)
        times = self.chance.sample(range(1, LONG_AGO // MILLISECOND), number)
        return sorted(end - MILLISECOND * each for each in times)


def _quiet(each: Emission) -> Emission:
    assert isinstance(each.record, Sent)
    received = None if each.received is None else replace(each.received, quiet=True)
    return replace(each, record=replace(each.record, headers=(QUIET_HEADER,)), received=received)
