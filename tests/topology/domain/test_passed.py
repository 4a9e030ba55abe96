"""How much of a time has passed: in the singular for one unit, in the plural for several."""

import pytest

from topology.domain.history.instant import DAY, HOUR, Span
from topology.domain.occasions.progress import passed_of


@pytest.mark.parametrize(
    ("needed", "passed", "words"),
    [
        (DAY, HOUR, "it has not passed yet"),
        (DAY, 2 * DAY, "it ended at 1970-01-02T00:00:00+00:00"),
        (3 * DAY, HOUR, "none of them has passed"),
        (3 * DAY, DAY, "1 of them has passed"),
        (3 * DAY, 2 * DAY, "2 of them have passed"),
        (3 * DAY, 3 * DAY, "they ended at 1970-01-04T00:00:00+00:00"),
    ],
)
def test_words_agree_with_the_time(needed: Span, passed: Span, words: str) -> None:
    assert passed_of(needed, 0, passed) == words
