"""The tables of ``policy.sql`` as such."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.oracle import HERE


@pytest.fixture
def policy() -> Iterator[sqlite3.Connection]:
    """Return a database that holds the policy's tables."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript((HERE / "policy.sql").read_text(encoding="utf-8"))
        yield database


def test_the_segment_grid_names_every_pair_of_scores_once(policy: sqlite3.Connection) -> None:
    """R 1 to 5 by F 1 to 5 are 25 fields: no gap, no overlap."""
    grid = {
        (r, f): [
            segment
            for (segment,) in policy.execute(
                "SELECT segment FROM segment_grid"
                " WHERE ? BETWEEN r_from AND r_to AND ? BETWEEN f_from AND f_to",
                (r, f),
            )
        ]
        for r in range(1, 6)
        for f in range(1, 6)
    }

    assert all(len(segments) == 1 for segments in grid.values())


def test_the_segment_grid_drawn_out(policy: sqlite3.Connection) -> None:
    """The same grid field by field, as a reader of the policy would draw it."""
    drawn = """
        R5  new             potential_loyalist  potential_loyalist  champions  champions
        R4  promising       potential_loyalist  potential_loyalist  loyal      loyal
        R3  about_to_sleep  about_to_sleep      need_attention      loyal      loyal
        R2  hibernating     hibernating         at_risk             at_risk    cant_lose
        R1  hibernating     hibernating         at_risk             at_risk    cant_lose
    """
    for line in drawn.split("\n")[1:-1]:
        label, *segments = line.split()
        for f, expected in enumerate(segments, start=1):
            found = policy.execute(
                "SELECT segment FROM segment_grid"
                " WHERE ? BETWEEN r_from AND r_to AND ? BETWEEN f_from AND f_to",
                (int(label[1]), f),
            ).fetchone()
            assert found == (expected,)


def test_every_rule_has_a_cooldown_of_30_days(policy: sqlite3.Connection) -> None:
    """A rule without one would never fire in ``journey.sql``."""
    rules = policy.execute(
        "SELECT rule FROM on_entering"
        " UNION SELECT rule FROM after_first_order"
        " UNION SELECT rule FROM on_complaint"
    )

    assert dict(policy.execute("SELECT * FROM cooldown")) == {rule: 30 for (rule,) in rules}
