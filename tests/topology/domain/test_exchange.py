"""Orders and refunds in other currencies: exactly, at the rate of the order's day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from schemas.currency import is_money
from schemas.policy.exchange import Rate
from schemas.policy.rates import gather
from tests.oracle import Policy
from tests.oracle.exchange import rate_at
from tests.oracle.money import cents, digits_of, exchanged
from tests.topology.domain.histories import bounded
from tests.topology.domain.life import BOOK, Life, lived
from tests.topology.domain.messages import Json, cancellation, day, event_from, order, refund
from tests.topology.domain.policies import ABROAD, changed
from topology.domain.history.exchange import (
    Exchange,
    convert,
    convert_at_nearest,
    half_even,
    price_of,
)
from topology.domain.history.instant import from_datetime
from topology.domain.history.ledger import Order
from topology.domain.history.money import to_minor
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rows.row import encode_row
from topology.domain.view.records import records_of

MONEY = sorted(each.code for each in Currency if is_money(each.code))
FIRST = date(2026, 1, 1)
days = st.integers(0, 700).map(lambda n: FIRST + timedelta(days=n))
rates = st.one_of(
    st.decimals("0.000001", 10**6, places=6),
    st.sampled_from(["0.5", "1", "2.5", "0.005", "0.125", "1.045"]).map(Decimal),
)
ZONES = ("Europe/Berlin", "America/New_York", "America/Havana", "Pacific/Apia", "Asia/Beirut")


def rate(currency: str, since: date | str, price: object) -> dict[str, Any]:
    """A line of the policy."""
    return {"currency": currency, "from": str(since), "rate": str(price)}


def in_currency(message: Json, currency: str | None) -> Json:
    """The message, with that currency if any."""
    more = {} if currency is None else {"currency": currency}
    return message | {"properties": message["properties"] | more}


def left(messages: Sequence[Json], book: Rulebook = ABROAD) -> tuple[int, int]:
    """How many orders count, and what is left of them."""
    scores = lived(messages, book=book).row.scores
    return scores.orders_in_window, scores.revenue_in_window


def test_the_oracle_knows_the_digits_of_all_currencies() -> None:
    """From a table of its own."""
    assert len(MONEY) > 150
    assert {code: digits_of(code) for code in MONEY} == {
        code: int(Currency(code).exponent or 0) for code in MONEY
    }


@bounded
@given(st.data())
def test_every_currency_is_converted_as_by_the_oracle(data: st.DataObject) -> None:
    """From any into any other, with their digits, by dated rates, in any time zone."""
    own, other = data.draw(st.lists(st.sampled_from(MONEY), min_size=2, max_size=2, unique=True))
    dated = data.draw(st.dictionaries(days, rates, min_size=1, max_size=4))
    zone = data.draw(st.sampled_from(ZONES))
    listed = [rate(other, since, price) for since, price in dated.items()]
    found = gather([Rate.model_validate(each) for each in listed], own).rates
    exchange = Exchange(own, digits_of(own), ZoneInfo(zone), found)
    total = data.draw(st.decimals(0, 10**6, places=3).map(float))
    at = data.draw(st.sampled_from([*dated, *(each - timedelta(days=1) for each in dated)]))
    noon = datetime(at.year, at.month, at.day, 12, tzinfo=UTC) + data.draw(
        st.integers(-26 * 60, 26 * 60).map(lambda minutes: timedelta(minutes=minutes))
    )
    instant = from_datetime(noon)
    minor = to_minor(total, digits_of(other))
    assert minor == cents(total, digits_of(other))

    policy = Policy({"currency": own, "time_zone": zone, "exchange": listed})
    begun = price_of(other, instant, exchange) is not None
    expected = exchanged(minor, rate_at(other, instant, policy), digits_of(other), digits_of(own))
    assert convert(minor, other, instant, exchange) == (expected if begun else None)
    assert convert_at_nearest(minor, other, instant, exchange) == expected


@given(st.integers(0, 10**20), st.integers(1, 10**20))
def test_a_quotient_is_rounded_half_to_even(dividend: int, divisor: int) -> None:
    """As fractions are."""
    assert half_even(dividend, divisor) == round(Fraction(dividend, divisor))


@pytest.mark.parametrize(
    ("total", "cents_"),
    [(0.01, 0), (0.03, 2), (0.05, 2), (0.07, 4), (0.09, 4), (2.49, 124), (2.51, 126)],
)
def test_an_exact_half_goes_to_the_even_one(total: float, cents_: int) -> None:
    """At a rate of 0.5 every odd number of rappen is one."""
    book = changed(exchange=[rate("CHF", "2026-01-01", 0.5)])

    assert left([in_currency(order(day(0), "o", total), "CHF")], book)[1] == cents_


MIDNIGHTS = [
    # Berlin: midnight in winter, in summer, and on the days on which the clock changes.
    ("Europe/Berlin", "2026-01-15", datetime(2026, 1, 14, 23, tzinfo=UTC)),
    ("Europe/Berlin", "2026-07-15", datetime(2026, 7, 14, 22, tzinfo=UTC)),
    ("Europe/Berlin", "2026-03-29", datetime(2026, 3, 28, 23, tzinfo=UTC)),
    ("Europe/Berlin", "2026-03-30", datetime(2026, 3, 29, 22, tzinfo=UTC)),
    ("Europe/Berlin", "2026-10-25", datetime(2026, 10, 24, 22, tzinfo=UTC)),
    ("Europe/Berlin", "2026-10-26", datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ("America/New_York", "2026-03-08", datetime(2026, 3, 8, 5, tzinfo=UTC)),
    # Sao Paulo: at the midnight of 4 November 2018 it was 01:00 at once.
    ("America/Sao_Paulo", "2018-11-04", datetime(2018, 11, 4, 3, tzinfo=UTC)),
    # Havana: the hour after midnight is there twice.
    ("America/Havana", "2026-11-01", datetime(2026, 11, 1, 4, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "since", "begins"), MIDNIGHTS)
def test_a_rate_holds_from_the_beginning_of_a_day_of_the_shop_s(
    zone: str, since: str, begins: datetime
) -> None:
    """To the microsecond, and also when the clocks are changed."""
    book = changed(time_zone=zone, exchange=[rate("CHF", "2000-01-01", 2), rate("CHF", since, 3)])
    before = begins - timedelta(microseconds=1)

    assert convert(100, "CHF", from_datetime(begins), book.exchange) == 300
    assert convert(100, "CHF", from_datetime(before), book.exchange) == 200


def test_there_is_no_rate_before_the_first_one() -> None:
    """And one for ever after the last one."""
    book = changed(exchange=[rate("CHF", "2026-01-15", 2)])
    begins = from_datetime(datetime(2026, 1, 14, 23, tzinfo=UTC))

    assert convert(100, "CHF", begins - 1, book.exchange) is None
    assert convert(100, "CHF", begins, book.exchange) == 200
    assert convert(100, "CHF", from_datetime(day(20_000)), book.exchange) == 200
    assert convert(100, "USD", begins, book.exchange) is None


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_days_too(at: datetime) -> None:
    """Though people in some time zone can't write them."""
    for zone in ("America/New_York", "Asia/Tokyo"):
        book = changed(time_zone=zone, exchange=[rate("CHF", "0001-01-01", 2)])
        assert convert(100, "CHF", from_datetime(at), book.exchange) in {None, 200}


def test_an_order_keeps_what_it_was() -> None:
    """100 francs at 1.045 are 104.50 euros; yen have no minor units."""
    francs = in_currency(order(day(0), "a", 100.0), "chf")
    yen = in_currency(order(day(0), "b", 10_000.0), "JPY")
    records = records_of(lived([francs, yen], book=ABROAD).row)

    assert [each.total for each in records.orders] == [10450, 6100]
    assert [
        each.original and (each.original.currency, each.original.amount) for each in records.orders
    ] == [("CHF", "100.00"), ("JPY", "10000")]


def test_a_refund_goes_by_the_rate_of_its_order() -> None:
    """100 francs were 104.50; when half of them went back the franc was at 1.0999."""
    messages = [
        in_currency(order(day(0), "o", 100.0), "CHF"),
        in_currency(refund(day(20), "o", 50.0), "CHF"),
    ]

    assert left(messages) == (1, 5225)
    assert left([messages[0], refund(day(20), "o", 50.0)]) == (1, 5225)


@bounded
@given(
    st.lists(st.integers(0, 5_000), min_size=1, max_size=6),
    st.sampled_from(["CHF", "JPY"]),
    st.data(),
)
def test_a_full_refund_in_parts_leaves_exactly_nothing(
    parts: list[int], currency: str, data: st.DataObject
) -> None:
    """However the parts are, and whether or not they name the currency."""
    digits = digits_of(currency)
    total = sum(parts) / 10**digits
    messages = [in_currency(order(day(0), "o", total), currency)]
    for n, part in enumerate(parts):
        named = data.draw(st.sampled_from([None, currency]))
        messages.append(in_currency(refund(day(n / 10), "o", part / 10**digits), named))
    row = lived(data.draw(st.permutations(messages)), book=ABROAD).row

    assert (row.scores.orders_total, row.scores.revenue_in_window) == (0, 0)
    [kept] = row.history.orders
    assert kept.net == 0


def test_a_refund_in_the_policy_s_currency_is_taken_as_it_is() -> None:
    """Somebody has worked it out already."""
    messages = [
        in_currency(order(day(0), "o", 100.0), "CHF"),
        in_currency(refund(day(20), "o", 50.0), "EUR"),
    ]

    assert left(messages) == (1, 5450)


def test_a_refund_in_a_third_currency_goes_by_the_order_s_day() -> None:
    """1,000 yen were 6.10 on day 0; on day 40 they would be 550."""
    yen = in_currency(refund(day(40), "o", 1_000.0), "JPY")

    assert left([in_currency(order(day(0), "o", 100.0), "CHF"), yen]) == (1, 10450 - 610)
    assert left([order(day(0), "o", 100.0), yen]) == (1, 10000 - 610)
    assert left([yen, order(day(0), "o", 100.0)]) == (1, 10000 - 610)


def test_refunds_wait_with_their_currency_for_their_order() -> None:
    """What names none is in the order's, which nobody knows yet."""
    back = [
        in_currency(refund(day(1), "o", 10.0), "CHF"),
        refund(day(2), "o", 10.0),
        in_currency(refund(day(3), "o", 10.0), "EUR"),
    ]
    waiting = records_of(lived(back, book=ABROAD).row).refunds
    assert [
        (each.refunded, [(m.currency, m.amount) for m in each.refunds]) for each in waiting
    ] == [(1000, [(None, "10"), ("CHF", "10.00")])]
    francs = in_currency(order(day(0), "o", 100.0), "CHF")
    assert left([*back, francs]) == left([francs, *back]) == (1, 10450 - 2090 - 1000)
    assert left([*back, order(day(0), "o", 100.0)]) == (1, 10000 - 1045 - 2000)


def test_an_order_in_francs_may_be_cancelled_or_refunded_whole() -> None:
    """Whichever comes first."""
    francs = in_currency(order(day(0), "o", 100.0), "CHF")
    for back in (cancellation(day(1), "o"), refund(day(1), "o")):
        assert left([francs, back]) == left([back, francs]) == (0, 0)


def test_an_order_of_nothing_in_francs_is_an_order() -> None:
    """Until anything of it is refunded."""
    gift = in_currency(order(day(0), "o", 0.0), "CHF")

    assert left([gift]) == (1, 0)
    assert left([gift, refund(day(1), "o", 0.0)]) == (0, 0)


def test_of_two_messages_in_two_currencies_the_earlier_counts() -> None:
    """What was refunded without a currency is in the one that counts."""
    francs = in_currency(order(day(0), "o", 100.0), "CHF") | {"messageId": "m-francs"}
    euros = order(day(1), "o", 100.0)
    back = refund(day(2), "o", 10.0)

    for messages in ([francs, euros, back], [euros, back, francs], [back, euros, francs]):
        assert left(messages) == (1, 10450 - 1045)


def test_an_order_in_the_policy_s_currency_takes_no_byte_more() -> None:
    """Also under a policy with rates, in any case, and also if it was refunded in part."""
    messages = [in_currency(order(day(0), "o", 100.0), code) for code in ("EUR", "eur", None)]
    part = in_currency(refund(day(1), "o", 10.0), "EUR")
    plain = Order(from_datetime(day(0)), "o", 10000)

    for each in messages:
        assert lived([each], book=ABROAD).row.history.orders == (plain,)
    one, other = lived([messages[0], part], book=ABROAD).row, lived([messages[0], part]).row
    assert one.history == other.history
    assert len(encode_row(one)) == len(encode_row(other))


def test_rates_that_are_gone_do_not_change_what_was_converted() -> None:
    """The order's own rate goes on; what is in a third currency is unknown from then on."""
    francs = in_currency(order(day(0), "o", 100.0), "CHF")
    without = Life(BOOK, lived([francs], book=ABROAD).state)
    for message in (refund(day(1), "o", 50.0), in_currency(refund(day(2), "o", 1.0), "JPY")):
        without.process(event_from(message))

    assert without.row.scores.revenue_in_window == 5225
