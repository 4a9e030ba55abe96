"""Exchange: what an order is in the policy's currency, and what is left of it after refunds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.instant import Instant
from tests.oracle.money import cents, digits_of, exchanged
from tests.oracle.policy import Policy
from tests.oracle.processed import ProcessedMessage


@dataclass(frozen=True)
class Sale:
    """An order's money: as it was sent, and what that is in the policy's currency."""

    currency: str
    amount: int
    total: int


def sale(order: ProcessedMessage, policy: Policy, at: Instant | None = None) -> Sale:
    """The money of an order, at the rate of its own day, or of the day of an instant."""
    currency = _currency(order) or policy.currency
    amount = cents(order.properties["total"], digits_of(currency))
    day = order.at if at is None else at
    return Sale(currency, amount, _in_policy_s(amount, currency, day, policy))


def edited(order: ProcessedMessage, edit: ProcessedMessage, policy: Policy) -> Sale:
    """The money of an order after an edit, at the rate of the day on which it was ordered."""
    currency = _currency(edit) or _currency(order) or policy.currency
    amount = cents(edit.properties["total"], digits_of(currency))
    return Sale(currency, amount, _in_policy_s(amount, currency, order.at, policy))


def taken(
    order: ProcessedMessage, of: Sale, refunds: Iterable[ProcessedMessage], policy: Policy
) -> int:
    """What refunds in parts take away of an order, in the policy's currency."""
    sums: dict[str, int] = {}
    for each in _once(refunds):
        currency = _currency(each) or of.currency
        amount = cents(given_back(each) or 0, digits_of(currency))
        sums[currency] = sums.get(currency, 0) + amount
    return sum(_share(of, currency, amount, order.at, policy) for currency, amount in sums.items())


def _once(refunds: Iterable[ProcessedMessage]) -> Iterator[ProcessedMessage]:
    """Of refunds with one id the largest; those without an id all."""
    named: dict[str, ProcessedMessage] = {}
    for each in refunds:
        name = each.properties.get("refund_id")
        if name is None:
            yield each
        elif name not in named or _size(named[name]) < _size(each):
            named[name] = each
    yield from named.values()


def given_back(refund: ProcessedMessage) -> float | None:
    """What a refund says it is of: its total, else its products; None if it is of all."""
    properties = refund.properties
    lines = properties.get("products", ())
    if "total" in properties or not lines:
        total: float | None = properties.get("total")
        return total
    return float(sum(Fraction(str(each["price"])) * each.get("quantity", 1) for each in lines))


def _size(refund: ProcessedMessage) -> tuple[float, str]:
    return given_back(refund) or 0, _currency(refund) or ""


def _share(of: Sale, currency: str, amount: int, at: Instant, policy: Policy) -> int:
    """By the order's own rate if it is in its currency: all of it takes all of it away."""
    if currency == of.currency:
        return round(Fraction(amount) * of.total / of.amount) if of.amount else 0
    return _in_policy_s(amount, currency, at, policy)


def _in_policy_s(amount: int, currency: str, at: Instant, policy: Policy) -> int:
    if currency == policy.currency:
        return amount
    return exchanged(
        amount, rate_at(currency, at, policy), digits_of(currency), digits_of(policy.currency)
    )


def rate_at(currency: str, at: Instant, policy: Policy) -> Fraction:
    """The rate that holds at an instant; before all of them the first one."""
    rates = policy.rates[currency]
    begun = [rate for begin, rate in rates if begin <= at]
    return begun[-1] if begun else rates[0][1]


def _currency(each: ProcessedMessage) -> str | None:
    code: str | None = each.properties.get("currency")
    return None if code is None else code.upper()
