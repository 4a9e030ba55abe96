"""Rows as bytes: what is written can be read again, and nothing else."""

import msgspec
import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.topology.domain.histories import arrivals, bounded
from tests.topology.domain.life import lived
from tests.topology.domain.messages import Json, day, orders
from topology.domain.row import RowError, decode_row, encode_row


@bounded
@given(arrivals)
def test_a_row_survives_its_bytes(told: list[Json]) -> None:
    """After every event, and to the same bytes again."""
    row = lived(told).row

    assert decode_row(encode_row(row)) == row
    assert encode_row(decode_row(encode_row(row))) == encode_row(row)


@pytest.mark.parametrize("value", [b"", b"\x00", b"{}", msgspec.msgpack.encode([1, 2])])
def test_foreign_bytes_are_no_row(value: bytes) -> None:
    """It says which version of rows can be read."""
    with pytest.raises(RowError, match="not a row of version 1"):
        decode_row(value)


def test_a_row_of_another_version_is_refused() -> None:
    """A later release may have written it."""
    value = encode_row(replace(lived(orders(day(0))).row, version=2))

    with pytest.raises(RowError, match="a row of version 2; this release reads version 1"):
        decode_row(value)
