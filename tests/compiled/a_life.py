"""Prints a digest of the row of one customer, whose life has some of everything."""

import sys
from hashlib import sha256

from tests.topology.domain.life import lived
from tests.topology.domain.messages import (
    cancellation,
    complaint,
    day,
    identified,
    order,
    refund,
    review,
    visit,
)
from topology.domain.rows.row import decode_row, encode_row


def a_life() -> str:
    """The digest of the row: of its bytes, which are those of what is read from them."""
    messages = [
        *(order(day(each), f"o{each}", total=20 + each) for each in range(0, 300, 9)),
        *(visit(day(each)) for each in range(5, 300, 40)),
        refund(day(20), "o18", 7.5),
        cancellation(day(30), "o27"),
        review(day(40), 1),
        complaint(day(60)),
        identified(day(70), vip=True, consent={"mail": "granted"}),
    ]
    value = encode_row(lived(messages).row)
    assert encode_row(decode_row(value)) == value
    return sha256(value).hexdigest()


if __name__ == "__main__":
    sys.stdout.write(a_life())
