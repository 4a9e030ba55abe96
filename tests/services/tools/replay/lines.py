"""Source lines for tests."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from schemas import topics
from services.tools.replay.schedule import TimedLine
from services.tools.replay.source_lines import SourceLine

INSTANTS = st.datetimes(
    min_value=datetime(1997, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(1997, 3, 1),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.just(UTC),
)


def line(number: int, at: datetime | None) -> SourceLine:
    """A line that was recognised."""
    return SourceLine(number, b"{}", topics.SHOP_EVENTS, b"c-1", at, recognised=True)


def in_order(instants: list[datetime]) -> list[TimedLine]:
    """A line for each instant, in time order."""
    return [TimedLine(line(number, at), at) for number, at in enumerate(sorted(instants), start=1)]
