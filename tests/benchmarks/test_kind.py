"""The loads by their kinds: each has its records, of the size that is asked for."""

import argparse
from datetime import UTC, datetime

import msgspec
import pytest

from benchmarks.loads.kind import Kind, Size, add_size_options, records, size_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIZE = Size(events=300, customers=15, known_customers=40)


def messages(kind: Kind) -> list[dict[str, object]]:
    return [msgspec.json.decode(each.value) for each in records(kind, SIZE, NOW)]


@pytest.mark.parametrize(("kind", "most"), [("mix", 40), ("live", 15), ("backfill", 15)])
def test_a_load_has_as_many_events_of_as_many_customers_as_asked_for(kind: Kind, most: int) -> None:
    found = messages(Kind(kind))
    assert len(found) == 300
    assert 10 < len({each["userId"] for each in found}) <= most


def test_only_the_mix_has_more_than_orders() -> None:
    events = {kind: {each.get("event") for each in messages(kind)} for kind in Kind}
    assert events[Kind.LIVE] == events[Kind.BACKFILL] == {"Order Completed"}
    assert len(events[Kind.MIX]) > 5


def test_the_size_comes_from_the_command_line() -> None:
    parser = argparse.ArgumentParser()
    add_size_options(parser, events=1_000, known_customers=70)
    assert size_of(parser.parse_args([])) == Size(1_000, 50, 70)
    given = ["--events", "10", "--customers", "3", "--known-customers", "8"]
    assert size_of(parser.parse_args(given)) == Size(10, 3, 8)
