"""Warm rows are those of the very bytes, and not many."""

from msgspec.structs import replace

from tests.topology.domain.life import lived
from tests.topology.domain.messages import day, orders
from topology.agents.warm_rows import WarmRows
from topology.domain.rows.row import decode_row, encode_row

ROW = lived(orders(day(0))).row


def test_the_row_of_the_very_bytes_is_at_hand() -> None:
    """It is not decoded again."""
    warm = WarmRows(10)
    value = warm.write(b"c", ROW)

    assert value == encode_row(ROW)
    assert warm.read(b"c", value) is ROW


def test_other_bytes_are_decoded_whatever_is_warm() -> None:
    """A partition that was restored has rows of its own, be they older or equal."""
    warm = WarmRows(10)
    value = warm.write(b"c", ROW)
    older = encode_row(replace(ROW, sequence=0))

    assert warm.read(b"c", older) == decode_row(older)
    assert warm.read(b"c", bytes(bytearray(value))) is not ROW
    assert warm.read(b"d", value) == ROW


def test_only_the_latest_stay_warm() -> None:
    """At least as many as the limit, and never more than twice that."""
    warm = WarmRows(10)
    values = {b"%d" % n: warm.write(b"%d" % n, replace(ROW, sequence=n)) for n in range(35)}

    assert 10 <= len(warm) <= 20
    for n in range(35):
        assert warm.read(b"%d" % n, values[b"%d" % n]) == replace(ROW, sequence=n)
    assert warm.read(b"34", values[b"34"]) is warm.read(b"34", values[b"34"])
    assert warm.read(b"0", values[b"0"]) is not warm.read(b"0", values[b"0"])
