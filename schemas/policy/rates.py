"""Rates: all rates of a policy's `exchange`, for each currency by days."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Final, NamedTuple

from schemas.policy.exchange import Exchange, Rate, RatesFile
from schemas.policy.part import Fault, Where
from schemas.policy.rates_file import FileOfRates, ReferenceDay

MOST_RATES: Final = 500_000
"""Rates of a policy: twice as many as the ECB has published since 1999."""

_MOST_FAULTS: Final = 20
"""Faults of a file that are reported."""

_EURO: Final = "EUR"
_ONE: Final = Decimal(1)


class Price(NamedTuple):
    """The price of one unit of a currency in the policy's: a quotient, so that it is exact."""

    dividend: Decimal
    divisor: Decimal = _ONE


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of one currency: each holds from its day until the next one's."""

    days: tuple[date, ...]
    """In ascending order."""
    prices: tuple[Price, ...]

    def on(self, day: date) -> Price | None:
        """The price on a day; None before the first one."""
        place = bisect_right(self.days, day)
        return self.prices[place - 1] if place else None


@dataclass(frozen=True, slots=True)
class Gathered:
    """All rates of a policy, and the faults of rates that are valid only each by itself."""

    rates: Mapping[str, Rates]
    """The rates of each currency, by its code."""
    faults: tuple[Fault, ...]


def gather(exchange: Iterable[Exchange], own: str) -> Gathered:
    """Put the rates of a policy together. `own` is the policy's currency."""
    found: dict[str, dict[date, Price]] = {}
    faults: list[Fault] = []
    for i, each in enumerate(exchange):
        where: Where = ("exchange", i)
        if isinstance(each, Rate):
            clash = _add(found, each.currency, each.since, Price(each.rate), own)
            faults += () if clash is None else [Fault((*where, clash.field), clash.words)]
        else:
            clashes = islice(_add_file(found, each, own), _MOST_FAULTS)
            faults += [Fault((*where, "file"), f"{each.file}, {words}") for words in clashes]
    number = sum(map(len, found.values()))
    if number > MOST_RATES:
        words = f"there are {number:,} rates; a policy has at most {MOST_RATES:,}"
        faults.append(Fault(("exchange",), words))
    return Gathered({code: _sorted(found[code]) for code in sorted(found)}, tuple(faults))


def _sorted(by_day: Mapping[date, Price]) -> Rates:
    days = dict(sorted(by_day.items()))
    return Rates(tuple(days), tuple(days.values()))


class _Clash(NamedTuple):
    field: str
    words: str


def _add(
    found: dict[str, dict[date, Price]], currency: str, since: date, price: Price, own: str
) -> _Clash | None:
    """Add a rate, or return why it can't be added."""
    if currency == own:
        return _Clash("currency", f"{own} is the policy's own currency")
    by_day = found.setdefault(currency, {})
    if since in by_day:
        return _Clash("from", f"this is a second rate of {currency} from {since} on")
    by_day[since] = price
    return None


def _add_file(found: dict[str, dict[date, Price]], given: RatesFile, own: str) -> Iterator[str]:
    """Add the rates of a file, and yield why one can't be added."""
    content, added = given.content, False
    if content.currencies is not None and own not in {_EURO, *content.currencies}:
        yield f"line 1: there is no column for {own}, the policy's currency"
        return
    for line, since, currency, price in _in_file(content, own):
        added = True
        clash = _add(found, currency, since, price, own)
        if clash is not None:
            yield f"line {line}: {clash.words}"
    if not added:
        yield "line 1: there is no rate in it"


def _in_file(content: FileOfRates, own: str) -> Iterator[tuple[int, date, str, Price]]:
    for rate in content.rates:
        yield rate.line, rate.since, rate.currency, Price(rate.rate)
    for day in content.days:
        for currency, price in _by_the_euro(day, own):
            yield day.line, day.since, currency, price


def _by_the_euro(day: ReferenceDay, own: str) -> Iterator[tuple[str, Price]]:
    """The cross rates of a day, from the units of both currencies for one euro."""
    ours = _ONE if own == _EURO else day.units.get(own)
    if ours is None:
        return
    if own != _EURO:
        yield _EURO, Price(ours)
    for currency, theirs in day.units.items():
        if currency != own:
            yield currency, Price(ours, theirs)
