"""Ledger: a customer's orders by time, packed, so that a row is quick to read and to write.

Most events add an order that is newer than all others: it is appended, and nobody looks at the
others. A ledger of a hundred orders then costs as much as one of three.
"""

from collections.abc import Sequence
from typing import Final

from topology.domain.history.foreign import Foreign, Part
from topology.domain.history.instant import Instant
from topology.domain.history.record import Stored, decoder, encode

_COUNT: Final = 4
_ARRAY: Final = b"\xdd"
"""MessagePack's mark of an array whose length follows in four bytes."""


class NamedRefund(Stored, frozen=True):
    """A refund of a part that has an id, as the message had it."""

    name: bytes
    """The first bytes of the id's hash."""
    total: float
    """In major units."""
    currency: str | None = None
    """None is the order's."""


class Edit(Stored, frozen=True):
    """The latest word on an order that was edited."""

    at: Instant
    total: float
    """In major units."""
    currency: str | None = None
    """None is the order's."""
    has_products: bool = False
    """True if it says which products are in it."""


class First(Stored, frozen=True):
    """What an order that was edited was at first. Money is in minor units."""

    total: int = 0
    currency: str = ""
    """In which it was ordered; empty if that is the policy's."""
    original: int = 0
    """What it was in that."""
    is_edit: bool = False
    """True if only its edits have been heard of: then this is the first of them, and no total."""


class More(Stored, frozen=True):
    """What few orders have."""

    named: tuple[NamedRefund, ...] = ()
    """Refunds in parts that have an id, by its hash."""
    nameless: tuple[Part, ...] = ()
    """If there are any, those that have none, added up by currency."""
    edit: Edit | None = None
    first: First | None = None
    """Only if there is an edit."""


NOTHING_MORE: Final = More()


class Order(Stored, frozen=True):
    """An order, and what became of it. Money is in minor units."""

    at: Instant
    id: str
    total: int
    refunded: int | Foreign | None = None
    """The parts that were refunded, added up; None if there were none.

    If any of the order's money came in another currency than the policy's, all that is known of
    it: so that the others take no room for that.
    """
    whole: bool = False
    """True once the order was cancelled, or refunded at one go."""
    channel: int = 0
    """The channel that it came over, see `channels`."""
    more: More | None = None
    """Refunds that have ids, and edits; None if there are none."""

    @property
    def counts(self) -> bool:
        """False if nothing is left of the order."""
        if self.refunded is None or self.whole:
            return not self.whole
        taken = self.taken
        return taken is None or taken < self.total

    @property
    def net(self) -> int:
        """What is left of the total."""
        return self.total if self.refunded is None else self.total - (self.taken or 0)

    @property
    def taken(self) -> int | None:
        """The parts that were refunded, in the policy's currency; None if there were none."""
        refunded = self.refunded
        return refunded.refunded if isinstance(refunded, Foreign) else refunded

    @property
    def foreign(self) -> Foreign | None:
        """What it was in another currency, if it was ordered in one."""
        refunded = self.refunded
        return refunded if isinstance(refunded, Foreign) and refunded.currency else None


class Ledger(Stored, frozen=True):
    """Orders, by time, then id."""

    count: int = 0
    newest: Order | None = None
    """The last one."""
    packed: bytes = b""
    """The others as MessagePack, one after the other, without the fields that say nothing."""


EMPTY: Final = Ledger()

_decode: Final = decoder(tuple[Order, ...])
_decode_one: Final = decoder(Order)

_WIDTHS: Final = (
    dict.fromkeys((*range(0x80), *range(0xE0, 0x100), 0xC0, 0xC2, 0xC3), 1)
    | {0xCC: 2, 0xD0: 2, 0xCD: 3, 0xD1: 3, 0xCE: 5, 0xD2: 5, 0xCF: 9, 0xD3: 9, 0xCB: 9}
    | {0xA0 + size: 1 + size for size in range(32)}
)
"""Bytes of a value of MessagePack by its first byte: numbers, none, true, false, short texts."""
_TEXTS: Final = {0xD9: 1, 0xDA: 2, 0xDB: 4, 0xC4: 1}
"""Bytes of the length of a longer text, or of bytes, by its first byte."""
_SHORT_ARRAY: Final = 0x90
"""MessagePack's mark of an array of up to 15, whose length is in the same byte."""
_FIELDS: Final = 0x0F
"""The part of an entry's first byte that says how many fields follow."""


def unpack(ledger: Ledger) -> tuple[Order, ...]:
    """The orders."""
    if ledger.newest is None:
        return ()
    others = _decode(_ARRAY + (ledger.count - 1).to_bytes(_COUNT, "big") + ledger.packed)
    return (*others, ledger.newest)


def pack(orders: Sequence[Order]) -> Ledger:
    """The ledger of orders that are in order."""
    if not orders:
        return EMPTY
    return Ledger(len(orders), orders[-1], b"".join(map(_pack_one, orders[:-1])))


def append(ledger: Ledger, order: Order) -> Ledger:
    """Return the ledger with an order that comes after all others."""
    newest = ledger.newest
    if newest is None:
        return Ledger(1, order)
    return Ledger(ledger.count + 1, order, ledger.packed + _pack_one(newest))


def oldest(ledger: Ledger) -> Order | None:
    """The first order, without a look at the others."""
    if ledger.count <= 1:
        return ledger.newest
    return _decode_one(ledger.packed[: _end_of_entry(ledger.packed, 0)])


def split_oldest(ledger: Ledger, many: int) -> tuple[tuple[Order, ...], Ledger]:
    """The first orders, and the ledger of the others, of which there must be at least one."""
    end = 0
    for _ in range(many):
        end = _end_of_entry(ledger.packed, end)
    out = _decode(_ARRAY + many.to_bytes(_COUNT, "big") + ledger.packed[:end])
    return out, Ledger(ledger.count - many, ledger.newest, ledger.packed[end:])


def comes_last(order: Order, ledger: Ledger) -> bool:
    """True if an order that is not in the ledger was made after all others."""
    return ledger.newest is None or ledger.newest.at < order.at


def may_hold(ledger: Ledger, order_id: str) -> bool:
    """False only if there is no order of this id."""
    newest = ledger.newest
    if newest is None:
        return False
    # `in` would first try whether the id is a number: it takes twice as long.
    return newest.id == order_id or ledger.packed.find(order_id.encode()) >= 0


def _pack_one(order: Order) -> bytes:
    refunded, whole, channel = order.refunded, order.whole, order.channel
    if order.more is not None:
        return encode(order)
    if refunded is None and not whole and not channel:
        return encode((order.at, order.id, order.total))
    return encode((order.at, order.id, order.total, refunded, whole, channel))


def _end_of_entry(packed: bytes, place: int) -> int:
    """Where the entry ends that begins at a place: an array of up to 15 numbers, texts and so on.

    msgspec decodes nothing that has something after it, and a search for the end must not cost more
    the more orders there are. What few orders have is such an array in it.
    """
    fields = packed[place] & _FIELDS
    place += 1
    for _ in range(fields):
        head = packed[place]
        width = _WIDTHS.get(head)
        if width is not None:
            place += width
        elif head & ~_FIELDS == _SHORT_ARRAY:
            place = _end_of_entry(packed, place)
        else:
            length = _TEXTS[head]
            text = place + 1 + length
            place = text + int.from_bytes(packed[place + 1 : text], "big")
    return place
