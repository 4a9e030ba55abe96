"""Foreign money: the amounts of an order in another currency than the policy's."""

from collections.abc import Mapping
from typing import Final

from schemas.currency import minor_digits
from topology.domain.history.exchange import Exchange, convert_at_nearest, half_even
from topology.domain.history.money import add_up, to_minor
from topology.domain.history.record import Stored

LARGEST: Final = 10**18
"""Refunds of an order add up to that at most, so that a row can hold them."""

MOST_PARTS: Final = 12
"""Of one order: those of `DIGITS`, and so many currencies. Others are passed over, the last ones by
the alphabet: so it does not matter which came first."""

DIGITS: Final = ("0", "2", "3", "4")
"""How many digits after the point a currency of ISO 4217 may have."""


class Part(Stored, frozen=True):
    """An amount that was refunded, in minor units.

    Of a refund that names no currency `currency` is the number of their digits: it is in the
    order's, and there is one such part for each of `DIGITS` until that is known.
    """

    currency: str
    amount: int


class Foreign(Stored, frozen=True):
    """An order's money, if any of it is in another currency than the policy's."""

    currency: str
    """Of the order; empty if that is the policy's."""
    total: int
    """In minor units of it; 0 if it is the policy's."""
    parts: tuple[Part, ...] = ()
    """What was refunded, by currency."""
    refunded: int | None = None
    """What that is in the policy's currency; None if nothing was refunded."""


Parts = Mapping[str, int]
"""What was refunded in parts, by the currency of a `Part`."""


def parts_of_refund(total: float, currency: str | None) -> Parts:
    """The parts of a refund in a message."""
    if currency is None:
        return {digits: to_minor(total, int(digits)) for digits in DIGITS}
    code = currency.upper()
    return {code: to_minor(total, minor_digits(code))}


def parts_in(known: int | Foreign | tuple[Part, ...] | None, own: str) -> Parts:
    """The parts that a row knows. What has no currency there is in the policy's, `own`."""
    if known is None:
        return {}
    if isinstance(known, int):
        return {own: known}
    parts = known.parts if isinstance(known, Foreign) else known
    return {part.currency: part.amount for part in parts}


def viewed_parts(known: int | Foreign | tuple[Part, ...] | None) -> tuple[Part, ...]:
    """The parts by currency, for the view, unless all of them are in the policy's.

    What names none is in the order's; as long as that is not known, `DIGITS` has its last one.
    """
    if known is None or isinstance(known, int):
        return ()
    original = known.currency if isinstance(known, Foreign) else ""
    digits = str(minor_digits(original)) if original else DIGITS[-1]
    parts = parts_in(known, "")
    viewed = {name: amount for name, amount in parts.items() if name.isalpha()}
    if digits in parts:
        name = original or digits
        viewed[name] = viewed.get(name, 0) + parts[digits]
    return packed_parts(viewed)


def add_parts(one: Parts, other: Parts) -> Parts:
    """Both, added up."""
    return {**one, **{name: add_up(one.get(name, 0), amount) for name, amount in other.items()}}


def as_held_order(parts: Parts, exchange: Exchange) -> int | tuple[Part, ...] | None:
    """What is kept of refunds whose order is not known yet."""
    parts = needed_parts(parts, exchange)
    if not parts:
        return None
    own = exchange.currency
    return parts[own] if parts.keys() == {own} else packed_parts(parts)


def as_refunded(
    original: Foreign | None, total: int, at: int, parts: Parts, exchange: Exchange
) -> int | Foreign | None:
    """What is kept of an order's money.

    Args:
        original: the order's own money, if it is in another currency than the policy's.
        total: what it is in the policy's currency.
        at: when it was ordered: a part in a third currency goes by the rates of that day.
        parts: all parts that were refunded.
        exchange: the rates.
    """
    own = exchange.currency
    if original is not None:
        refunded = _taken(original, total, at, parts, exchange) if parts else None
        return Foreign(original.currency, original.total, packed_parts(parts), refunded)
    parts = needed_parts(parts, exchange)
    if parts.keys() <= {own}:
        return parts.get(own)
    return Foreign("", 0, packed_parts(parts), _taken(None, total, at, parts, exchange))


def needed_parts(parts: Parts, exchange: Exchange) -> Parts:
    """The parts of an order that is not in another currency yet, as far as they must be kept apart.

    Without rates it will never be: what names no currency is in the policy's.
    """
    if exchange.rates:
        return parts
    kept = {name: amount for name, amount in parts.items() if name.isalpha()}
    unnamed = str(exchange.digits)
    return add_parts(kept, {exchange.currency: parts[unnamed]}) if unnamed in parts else kept


def _taken(original: Foreign | None, total: int, at: int, parts: Parts, exchange: Exchange) -> int:
    """What the parts of an order come to, in the policy's currency.

    What is in the order's own goes by what the order came to: all of it takes all of that away.
    """
    own = exchange.currency
    currency, digits = (own, exchange.digits) if original is None else _denominated(original)
    theirs = parts.get(str(digits), 0) + parts.get(currency, 0)
    others = {name: n for name, n in parts.items() if name.isalpha() and name != currency}
    if original is not None:
        theirs = half_even(theirs * total, original.total) if original.total else 0
    ours = others.pop(own, 0)
    return min(theirs + ours + _converted(others, at, exchange), LARGEST)


def _denominated(original: Foreign) -> tuple[str, int]:
    return original.currency, minor_digits(original.currency)


def _converted(parts: Parts, at: int, exchange: Exchange) -> int:
    return sum(convert_at_nearest(amount, name, at, exchange) for name, amount in parts.items())


def packed_parts(parts: Parts) -> tuple[Part, ...]:
    """The parts as a row has them."""
    return tuple(Part(name, parts[name]) for name in sorted(parts)[:MOST_PARTS])
