"""Hops: outputs to the sources get a header and are counted; the notes store the counts."""

from collections.abc import Sequence

import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from topology.batching.completeness import Committed, describe_loss, encode_note, read_handed_on
from topology.batching.handler import Output
from topology.batching.hops import HOPS, MAX_HOPS, Hops, add_counts, hops_of, latest_counts

Headers = Sequence[tuple[str, bytes | None]]
COUNTS = st.lists(st.integers(0, 10**12), max_size=MAX_HOPS).map(
    lambda counts: tuple(counts) if counts and counts[-1] else ()
)


def record(*headers: tuple[str, bytes | None]) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord("shop", 0, 0, 0, 0, b"k", b"v", None, 1, 1, headers)


@pytest.mark.parametrize(
    ("headers", "hops"),
    [
        ([], 0),
        ([("trace", b"7")], 0),
        ([("trace", b"7"), (HOPS, b"2")], 2),
        ([(HOPS, b"999")], MAX_HOPS),
        *(([(HOPS, odd)], 0) for odd in (None, b"", b"-1", b"two", b"\xb2", b"9" * 5_000)),
    ],
)
def test_a_record_without_a_valid_header_has_no_hops(headers: Headers, hops: int) -> None:
    """Headers of other programs do not count."""
    assert hops_of(record(*headers)) == hops


def test_only_outputs_to_the_sources_get_the_header_and_are_counted() -> None:
    """With one hop more than the record that caused them."""
    outputs = [Output("shop", b"before", b"")]
    hops = Hops({"shop", "joins"})
    for number, each in enumerate(hops.follow([record(), record((HOPS, b"4")), record()], outputs)):
        if number == 0:
            outputs.append(Output("transitions", b"a", b""))
        if number < 2:
            headers = [(name, value or b"") for name, value in each.headers]
            outputs.append(Output("shop", b"b", b"", [("trace", b"t"), *headers], 3))
            outputs.append(Output("joins", b"c", b""))
    assert [(each.key, list(each.headers)) for each in outputs] == [
        (b"before", []),
        (b"a", []),
        (b"b", [("trace", b"t"), (HOPS, b"1")]),
        (b"c", [(HOPS, b"1")]),
        (b"b", [("trace", b"t"), (HOPS, b"5")]),
        (b"c", [(HOPS, b"5")]),
    ]
    assert outputs[2].partition == 3
    assert hops.handed_on == {1: 2, 5: 2}


def test_hops_have_a_maximum() -> None:
    """All larger numbers count as the maximum."""
    outputs: list[Output] = []
    hops = Hops({"shop"})
    following = hops.follow([record((HOPS, b"%d" % MAX_HOPS))], outputs)
    next(following)
    outputs.append(Output("shop", b"", b""))
    assert next(following, None) is None
    assert hops.handed_on == {MAX_HOPS: 1}


def test_counts_add_up_by_hops() -> None:
    """The length is the largest number of hops."""
    assert add_counts((), {}) == ()
    assert add_counts((), {3: 2}) == (0, 0, 2)
    assert add_counts((1, 2, 3), {1: 1, 2: 5}) == (2, 7, 3)
    assert latest_counts([(1, 2), (), (3, 0, 4), (2,)]) == (3, 2, 4)


@given(st.integers(0, 2**63), COUNTS)
def test_a_note_is_read_back_as_it_was_written(end: int, counts: tuple[int, ...]) -> None:
    """Both parts come back, and the note fits in an offset's metadata."""
    note = encode_note(end, counts)
    assert len(note) < 4_096, "Kafka's offset.metadata.max.bytes"
    assert read_handed_on([note]) == counts
    assert describe_loss(0, end, [Committed(0, 5, note)]) is None
    if end:
        assert describe_loss(0, end - 1, [Committed(0, 5, note)]) is not None


@pytest.mark.parametrize("note", ["", "changelog 90", "changelog 90 handed-on x", "by hand"])
def test_an_older_or_foreign_note_has_no_counts(note: str) -> None:
    """The other notes still count."""
    assert read_handed_on([note]) == ()
    assert read_handed_on([note, encode_note(7, (1, 2))]) == (1, 2)
