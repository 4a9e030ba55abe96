"""Rows as bytes: what is written can be read again, and nothing else."""

from base64 import b64decode
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.topology.domain.histories import arrivals, bounded
from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import (
    Json,
    cancellation,
    complaint,
    day,
    orders,
    refund,
    resolution,
    review,
    visit,
)
from topology.domain.row import RowError, decode_row, encode_row, wake_of
from topology.domain.wake import wake_at


@bounded
@given(arrivals)
def test_a_row_survives_its_bytes(told: list[Json]) -> None:
    """After every event, and to the same bytes again."""
    row = lived(told).row

    assert decode_row(encode_row(row)) == row
    assert encode_row(decode_row(encode_row(row))) == encode_row(row)


@pytest.mark.parametrize("value", [b"", b"\x00", b"{}", msgspec.msgpack.encode([1, 2])])
@pytest.mark.parametrize("read", [decode_row, lambda value: wake_of(value, BOOK)])
def test_foreign_bytes_are_no_row(value: bytes, read: Callable[[bytes], object]) -> None:
    """It says which version of rows can be read."""
    with pytest.raises(RowError, match="not a row of version 2"):
        read(value)


@pytest.mark.parametrize("read", [decode_row, lambda value: wake_of(value, BOOK)])
def test_a_row_of_a_newer_version_is_refused(read: Callable[[bytes], object]) -> None:
    """A later release may have written it."""
    value = encode_row(replace(lived(orders(day(0))).row, version=3))

    with pytest.raises(RowError, match="a row of version 3; this release reads version 2"):
        read(value)


def test_a_row_of_version_1_is_upgraded() -> None:
    """These bytes were written by the release of version 1, after the messages below."""
    row = lived(_TOLD, day(100)).row

    # It did not know yet whether somebody is known by a user id.
    assert decode_row(_VERSION_1) == replace(row, names=None)
    assert wake_of(_VERSION_1, BOOK) == row.wake_at


def test_the_head_of_a_row_tells_when_it_is_due() -> None:
    """Just as the whole row does, also when another policy wrote it."""
    row = lived(orders(day(0), day(9))).row
    foreign = replace(row, policy_version="another")

    assert wake_of(encode_row(row), BOOK) == wake_at(row, BOOK) == row.wake_at
    assert wake_of(encode_row(foreign), BOOK) == wake_at(foreign, BOOK) == row.as_of


_TOLD = [
    *orders(day(0), day(3), day(9), total=123.45),
    refund(day(10), "o1", 5.0),
    refund(day(10), "o2"),
    refund(day(11), "o9", 1.0),
    cancellation(day(11), "o8"),
    complaint(day(12), ticket_id="t-1"),
    complaint(day(13), ticket_id="t-2"),
    resolution(day(14), ticket_id="t-1"),
    review(day(15), 1),
    visit(day(16)),
]

_VERSION_1 = b64decode(
    "nAGsMzVjYTUzNGQwZjg3zwAGVixdDdAAoWPPAAZPLf0tcAAAq2hpYmVybmF0aW5nBJjPAAZIB2GeUADPAAZHUlUL"
    "8AACzV5+AgICApjPAAZHUlUL8ADPAAZIlDKB8AAMk5XPAAZHUlUL8ACibzHNMDnNAfTClc8ABkeOrpIQAKJvMs0w"
    "OcDDlc8ABkgHYZ5QAKJvM80wOcDCwJKTom84wMOTom85ZMKTk88ABkhDuyRwALtjLTIwMjYtMDEtMTNUMTI6MDA6"
    "MDArMDA6MDCjdC0xk88ABkhX2PvQALtjLTIwMjYtMDEtMTRUMTI6MDA6MDArMDA6MDCjdC0yk88ABkiAFKqQALt2"
    "LTIwMjYtMDEtMTZUMTI6MDA6MDArMDA6MDDAkZLPAAZIa/bTMACjdC0xk5KTsHNlcnZpY2VfcmVjb3ZlcnnPAAZI"
    "Q7skcAABk6d3YWtlX3VwzwAGTL5gGNAAAQCQxJCamiVtEX+KrwAHfZyugUWU8R/hvAAHfeQkVShKmC12VQAHfnTi"
    "3AVslFhB6gAHfoznJ9mtAjza3gAHfozW24PQl195pQAHfqQWn50JWq2vhAAHfqRgPT4ZYCIHigAHfrwGHTuEVrNr"
    "owAHftSUXKCf4TbcAQAHfuxmD9kuFyJXsQAHfwTND/jcHwCFQAAHfxw="
)
