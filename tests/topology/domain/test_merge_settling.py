"""Merging two rows whose histories are still coming in."""

import pytest

from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import day, order
from topology.domain.history.instant import Instant
from topology.domain.history.record import replace
from topology.domain.steps.merge import Keyed, merge_rows


@pytest.mark.parametrize("field", ["settles_at", "quiet_until"])
@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [(None, None, None), (5, None, 5), (None, 5, 5), (5, 7, 7), (7, 5, 7)],
)
def test_of_two_rows_whose_history_comes_in_the_later_end_counts(
    field: str, one: Instant | None, other: Instant | None, merged: Instant | None
) -> None:
    """Whichever yields to the other."""
    row = lived([order(day(0), "o")]).row
    own, yields = (
        Keyed(name, replace(row, **{field: at})) for name, at in (("a", one), ("u", other))
    )
    assert getattr(merge_rows(own, yields, BOOK), field) == merged
