"""A report on one letter speaks of one, and a report on several of several."""

from collections import Counter

import pytest

from services.dead_letters.retry import Fate
from services.tools.cli.dead_letters_command import RetryReport
from services.tools.cli.dead_letters_view import report_in_words

SEVERAL = {" they ", " them", " messages "}


def words(fate: Fate, count: int, *, dry_run: bool) -> str:
    report = RetryReport(policy="p")
    report.counts = Counter({("invalid_field", fate): count})
    return report_in_words(report, dry_run=dry_run).splitlines()[1]


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("fate", Fate)
def test_one_letter_is_it_and_two_are_they(fate: Fate, *, dry_run: bool) -> None:
    one, two = words(fate, 1, dry_run=dry_run), words(fate, 2, dry_run=dry_run)
    assert one.startswith("invalid_field: 1 ")
    assert two.startswith("invalid_field: 2 ")
    assert not any(word in f"{one} " for word in SEVERAL)
    assert " it " not in two


def test_one_that_is_refused_again() -> None:
    assert words(Fate.REFUSED, 1, dry_run=True) == (
        "invalid_field: 1 not sent: it would be refused again"
    )
