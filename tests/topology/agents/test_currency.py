"""Rows keep their currency: a worker with another one ends before it touches any."""

from collections.abc import Callable

import pytest

from schemas import topics
from tests.topology.agents.records import NOW, Shelf, record, records
from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import day, order, orders, visit
from tests.topology.domain.policies import changed
from topology.agents.currency import CurrencyError
from topology.agents.join_records import Merge, encode_join
from topology.agents.journey import Journey
from topology.batching.handler import Changes
from topology.domain.history.record import replace
from topology.domain.rows.forward import forward
from topology.domain.rows.row import decode_row, encode_row
from topology.domain.view.explain import explain
from topology.domain.view.view import describe

DOLLARS = changed(currency="USD")
ROW = lived(orders(day(0)), day(2)).row
MESSAGE = (
    "the rows of this table are in EUR, and the policy says currency: USD. Set currency: EUR "
    "again; or begin with an empty table under another STAMMKUNDE_APP_ID and replay the events, "
    "to count all of them in USD"
)


def dollars() -> Journey:
    return Journey(DOLLARS, 1, lambda: NOW)


def test_a_worker_does_not_start_over_rows_in_another_currency() -> None:
    """It says which both are, and what to do."""
    with pytest.raises(CurrencyError) as error:
        dollars().wake_at(b"c", encode_row(ROW))
    assert str(error.value) == MESSAGE


def test_what_has_no_amounts_is_in_no_currency() -> None:
    """What is left of a row that has become part of another."""
    assert dollars().wake_at(b"c", encode_row(forward("c", "u", user=False))) is None


def test_a_row_that_says_no_currency_is_in_the_policy_s_and_says_so_with_the_next_write() -> None:
    """Whatever is written: an event, the clock, or a new name."""
    old = encode_row(replace(ROW, currency=""))
    acts: list[Callable[[Shelf], Changes]] = [
        lambda shelf: shelf.take(records([visit(day(3))])),
        lambda shelf: shelf.tick(day(60)),
        lambda shelf: shelf.take(records([visit(day(3)) | {"anonymousId": "a"}])),
    ]
    for act in acts:
        shelf = Shelf(book=DOLLARS, rows={b"c": old})
        shelf.wakes = {b"c": shelf.journey.wake_at(b"c", old)}
        act(shelf)
        assert decode_row(old).currency == ""
        assert shelf.row().currency == "USD"


def merge(currency: str) -> bytes:
    return encode_join(Merge("", "a", encode_row(replace(ROW, currency=currency))))


@pytest.mark.parametrize("known", [False, True])
def test_a_row_in_another_currency_is_not_merged(*, known: bool) -> None:
    """A worker with another policy has sent it: amounts of two currencies would be added up."""
    shelf = Shelf()
    if known:
        shelf.take(records([order(day(0), "o", profile="u")]))
    before = dict(shelf.rows)

    with pytest.raises(CurrencyError, match="are in CHF, and the policy says currency: EUR"):
        shelf.take([record(merge("CHF"), key=b"u", topic=topics.JOINS)])
    assert shelf.rows == before


@pytest.mark.parametrize("currency", ["", "EUR"])
def test_a_row_in_the_policy_s_currency_is_merged(currency: str) -> None:
    """One of an older release says none."""
    shelf = Shelf()
    shelf.take([record(merge(currency), key=b"u", topic=topics.JOINS)])

    assert shelf.row(b"u").currency == "EUR"


def test_who_looks_sees_the_currency_of_the_row() -> None:
    """Though the API's policy may have another one."""
    view = describe("c", ROW, DOLLARS, ROW.as_of)
    assert (view.facts.currency, view.lifetime.currency) == ("EUR", "EUR")
    assert describe("c", replace(ROW, currency=""), DOLLARS, 0).facts.currency == "USD"


def test_why_shows_amounts_in_the_currency_of_the_row() -> None:
    """Yen have no cents: an amount of euros must not be shown as if it were yen."""
    when = {"when": {"entering": ["champions"]}, "provided": {"revenue_in_window": {"at_least": 5}}}
    case = when | {"action": {"kind": "content"}, "reason": "Because."}
    rule = {"name": "r", "promotional": True, "cooldown": "1 day", "expires_after": "1 day"}
    rules = [rule | {"cases": [case]}]

    def input_in(currency: str) -> object:
        [explained] = explain(ROW, changed(rules=rules, currency=currency), ROW.as_of)
        return explained.cases[0].conditions[0].fact

    assert BOOK.currency == "EUR"
    assert input_in("EUR") == "10.00"
    assert input_in("JPY") == "10.00 EUR"
