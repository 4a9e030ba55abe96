"""A worker that meets a row of a newer release ends before it touches anything."""

from pathlib import Path

import pytest

from schemas import topics
from tests.topology.agents.records import Shelf, record, records
from tests.topology.domain.life import lived
from tests.topology.domain.messages import day, order, orders
from topology.agents.join_records import Merge, encode_join
from topology.agents.newer_release import NewerReleaseError
from topology.domain.history.record import replace
from topology.domain.history.state import ROW_VERSION
from topology.domain.rows.row import encode_row

UPGRADE = Path(__file__).parents[3] / "docs" / "upgrade.md"
NEWER = encode_row(replace(lived(orders(day(0)), day(2)).row, version=ROW_VERSION + 1))
MESSAGE = (
    f"a newer release has written rows of version {ROW_VERSION + 1}, and this one reads version "
    f"{ROW_VERSION} and older. Update this worker to that release, as docs/upgrade.md says. "
    "Nothing is lost: a worker of that release goes on where the last one has stopped"
)


def test_a_worker_does_not_start_over_newer_rows() -> None:
    """It says which version it reads, and what to do: as the page on upgrades quotes it."""
    with pytest.raises(NewerReleaseError) as error:
        Shelf().journey.wake_at(b"c", NEWER)
    assert str(error.value) == MESSAGE
    document = UPGRADE.read_text(encoding="utf-8")
    assert f"> {MESSAGE}\n" in document
    assert f"| {ROW_VERSION} | " in document


@pytest.mark.parametrize("known", [False, True])
def test_a_newer_row_that_is_to_be_merged_is_no_dead_letter(*, known: bool) -> None:
    """An updated worker has sent it: the history of the name would be lost."""
    shelf = Shelf()
    if known:
        shelf.take(records([order(day(0), "o", profile="u")]))
    before, merge = dict(shelf.rows), encode_join(Merge("", "a", NEWER))

    with pytest.raises(NewerReleaseError):
        shelf.take([record(merge, key=b"u", topic=topics.JOINS)])
    assert shelf.rows == before
