"""Exchange: amounts of other currencies in the policy's, at the rates of a day of the shop's.

All of it is whole numbers: what is rounded is rounded once, half to even.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.currency import minor_digits
from schemas.policy.rates import Price, Rates
from topology.domain.history.instant import Instant, to_datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """The policy's currency, its digits after the point, and the rates of others by their codes."""

    currency: str
    digits: int
    zone: ZoneInfo
    """The shop's: a rate holds from the beginning of a day there."""
    rates: Mapping[str, Rates]


def price_of(currency: str, at: Instant, exchange: Exchange) -> Price | None:
    """What one unit of another currency is at an instant, or None if there is no rate yet."""
    rates = exchange.rates.get(currency)
    return None if rates is None else rates.on(shop_day(at, exchange.zone))


def convert(amount: int, currency: str, at: Instant, exchange: Exchange) -> int | None:
    """Return minor units of another currency in those of the policy's; None if there is no rate."""
    price = price_of(currency, at, exchange)
    return None if price is None else _by(price, amount, currency, exchange)


def convert_at_nearest(amount: int, currency: str, at: Instant, exchange: Exchange) -> int:
    """Likewise, at the first rate there is if there is none yet.

    If the policy has no rate of it any more, nobody can say what it is: nothing.
    """
    rates = exchange.rates.get(currency)
    if rates is None:
        return 0
    price = rates.on(shop_day(at, exchange.zone)) or rates.prices[0]
    return _by(price, amount, currency, exchange)


def _by(price: Price, amount: int, currency: str, exchange: Exchange) -> int:
    dividend, divisor = _ratio(price, exchange.digits - minor_digits(currency))
    return half_even(amount * dividend, divisor)


@lru_cache(maxsize=1024)
def _ratio(price: Price, shift: int) -> tuple[int, int]:
    """A price between minor units; `shift` is how many digits more the policy's currency has."""
    ratio = Fraction(price.dividend) / Fraction(price.divisor) * Fraction(10) ** shift
    return ratio.numerator, ratio.denominator


def half_even(dividend: int, divisor: int) -> int:
    """Divide, and round to a whole number; a half goes to the even one. Neither is below zero."""
    whole, rest = divmod(dividend, divisor)
    return whole + (2 * rest > divisor or (2 * rest == divisor and whole % 2 == 1))


def shop_day(at: Instant, zone: ZoneInfo) -> date:
    """The calendar day of an instant in a time zone."""
    timestamp = to_datetime(at)
    try:
        return timestamp.astimezone(zone).date()
    except OverflowError:  # The calendar does not go so far.
        return timestamp.date()
