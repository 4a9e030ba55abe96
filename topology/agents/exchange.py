"""Checks that an order or a refund in another currency can be converted."""

from typing import Any, Final

from schemas.currency import is_money, minor_digits
from schemas.dead_letter import DeadLetterReason
from topology.agents.dead_letters import Refusal
from topology.domain.history.exchange import Exchange, convert, shop_day
from topology.domain.history.instant import Instant
from topology.domain.history.money import to_minor

_MOST: Final = 10**12
"""An amount is less than that in major units, also after it was converted."""


def why_not_converted(message: Any, given: str, at: Instant, exchange: Exchange) -> Refusal | None:
    """Say why an amount can't be converted at the rate of its day; None if it can.

    Args:
        message: of an order or a refund.
        given: the currency that it names, which is not the policy's.
        at: when it happened.
        exchange: the rates.
    """
    code, own = given.upper(), exchange.currency
    if not is_money(code):
        detail = f"{given} is no currency of ISO 4217 that a shop is paid in"
        return Refusal(DeadLetterReason.UNKNOWN_CURRENCY, detail)
    total = message.properties.total or 0
    converted = convert(to_minor(total, minor_digits(code)), code, at, exchange)
    if converted is None:
        day = shop_day(at, exchange.zone)
        return Refusal(
            DeadLetterReason.NO_EXCHANGE_RATE,
            f"the policy has no rate of {code} for {day}: add one under exchange:, such as "
            f"- {{currency: {code}, from: {day}, rate: (what 1 {code} is in {own})}}, and send "
            "the record again",
        )
    if converted >= _MOST * 10**exchange.digits:
        detail = f"properties.total: {total:g} {code} is {_MOST:.0e} {own} or more"
        return Refusal(DeadLetterReason.INVALID_FIELD, detail)
    return None
