"""Exchange: what an order is in the policy's currency, and what is left of it after refunds."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.heard import Heard
from tests.oracle.instant import Instant
from tests.oracle.money import cents, digits_of, exchanged
from tests.oracle.policy import Policy


@dataclass(frozen=True)
class Sale:
    """An order's money: as it was told, and what that is in the policy's currency."""

    currency: str
    told: int
    total: int


def sale(order: Heard, policy: Policy) -> Sale:
    """The money of an order, at the rate of its own day."""
    currency = _currency(order) or policy.currency
    told = cents(order.properties["total"], digits_of(currency))
    return Sale(currency, told, _in_policy_s(told, currency, order.at, policy))


def taken(order: Heard, refunds: Iterable[Heard], policy: Policy) -> int:
    """What refunds in parts take away of an order, in the policy's currency."""
    of = sale(order, policy)
    sums: dict[str, int] = {}
    for each in refunds:
        currency = _currency(each) or of.currency
        told = cents(each.properties["total"], digits_of(currency))
        sums[currency] = sums.get(currency, 0) + told
    return sum(_share(of, currency, told, order.at, policy) for currency, told in sums.items())


def _share(of: Sale, currency: str, told: int, at: Instant, policy: Policy) -> int:
    """By the order's own rate if it is in its currency: all of it takes all of it away."""
    if currency == of.currency:
        return round(Fraction(told) * of.total / of.told) if of.told else 0
    return _in_policy_s(told, currency, at, policy)


def _in_policy_s(told: int, currency: str, at: Instant, policy: Policy) -> int:
    if currency == policy.currency:
        return told
    return exchanged(
        told, rate_at(currency, at, policy), digits_of(currency), digits_of(policy.currency)
    )


def rate_at(currency: str, at: Instant, policy: Policy) -> Fraction:
    """The rate that holds at an instant; before all of them the first one."""
    rates = policy.rates[currency]
    begun = [rate for begin, rate in rates if begin <= at]
    return begun[-1] if begun else rates[0][1]


def _currency(each: Heard) -> str | None:
    said: str | None = each.properties.get("currency")
    return None if said is None else said.upper()
