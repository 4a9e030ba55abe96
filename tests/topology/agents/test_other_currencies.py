"""Orders and refunds in other currencies: taken with a rate, else refused with what is missing."""

import json
from datetime import UTC, datetime

import pytest

from schemas.dead_letter import DeadLetterReason
from schemas.messages.catalogue import TOPIC_OF_EVENT
from schemas.topics import DEAD_LETTERS
from services.ingest.validate import Arrival, Refused, Taken, Validator, validate
from tests.topology.agents.records import NOW, Shelf, headers_of, record, records
from tests.topology.domain.life import BOOK
from tests.topology.domain.messages import Json, day, order, refund
from tests.topology.domain.policies import ABROAD, changed
from topology.agents.dead_letters import Refusal
from topology.agents.decode import EventDecoder
from topology.domain.history.instant import to_datetime

ORDER = order(day(0), "o", 100.0)
REFUND = refund(day(0), "o", 10.0)
NO_RATE, UNKNOWN = DeadLetterReason.NO_EXCHANGE_RATE, DeadLetterReason.UNKNOWN_CURRENCY


def with_properties(message: Json, **properties: object) -> Json:
    """The message with other properties."""
    return message | {"properties": message["properties"] | properties}


def at(message: Json, when: datetime) -> Json:
    """The message at another time."""
    return message | {"timestamp": when.isoformat()}


BEGINS = datetime(2025, 11, 30, 23, tzinfo=UTC)
"""1 December in Berlin: the first rates."""

CASES = [
    (with_properties(ORDER, currency="CHF"), None),
    (with_properties(ORDER, currency="chf"), None),
    (with_properties(REFUND, currency="JPY"), None),
    (at(with_properties(ORDER, currency="CHF"), BEGINS), None),
    (at(with_properties(ORDER, currency="CHF"), BEGINS.replace(hour=22, minute=59)), NO_RATE),
    (at(with_properties(REFUND, currency="CHF"), BEGINS.replace(hour=22, minute=59)), NO_RATE),
    (with_properties(ORDER, currency="USD"), NO_RATE),
    (with_properties(REFUND, currency="USD"), NO_RATE),
    (with_properties(ORDER, currency="XXX"), UNKNOWN),
    (with_properties(ORDER, currency="XAU"), UNKNOWN),
    (with_properties(REFUND, currency="ZZZ"), UNKNOWN),
    (with_properties(ORDER, currency="CHF", total=9.9e11), DeadLetterReason.INVALID_FIELD),
]


@pytest.mark.parametrize(("message", "reason"), CASES)
def test_the_worker_and_the_validator_give_the_same_reason(
    message: Json, reason: DeadLetterReason | None
) -> None:
    """Who posts over HTTP learns at once what else would be a dead letter."""
    events = EventDecoder(ABROAD.exchange)
    found = events.decode(record(message), NOW)
    validator = Validator(TOPIC_OF_EVENT, events, 1_000_000)
    arrival = Arrival(to_datetime(NOW), lambda: "api-1")
    answer = validate(json.dumps(message).encode(), None, arrival, validator)

    if reason is None:
        assert not isinstance(found, Refusal)
        assert isinstance(answer, Taken)
    else:
        assert isinstance(found, Refusal)
        assert isinstance(answer, Refused)
        assert found == (answer.reason, answer.detail)
        assert found.reason is reason


def test_a_dead_letter_without_a_rate_says_what_to_add_and_can_be_tried_again() -> None:
    """The next worker has the rate."""
    message = with_properties(ORDER, currency="USD")
    shelf = Shelf(book=ABROAD)
    shelf.take(records([message]))
    [letter] = [each for each in shelf.outputs if each.topic == DEAD_LETTERS]
    detail = headers_of(letter)["detail"]

    assert b"- {currency: USD, from: 2026-01-01, rate: (what 1 USD is in EUR)}" in detail
    added = {"currency": "USD", "from": "2026-01-01", "rate": 0.85}
    again = Shelf(book=changed(exchange=[added]), rows=shelf.rows)
    again.take([record(letter.value)])
    assert again.row().scores.revenue_in_window == 8500


def test_rates_change_nothing_for_orders_in_the_policy_s_currency() -> None:
    """The same row, to the byte, but for the version of the policy."""
    orders = [with_properties(order(day(n), f"o{n}", 10.0 + n), currency="EUR") for n in range(5)]
    one, other = Shelf(), Shelf(book=ABROAD)
    one.take(records(orders))
    other.take(records(orders))

    assert BOOK.version != ABROAD.version
    assert other.rows[b"c"] == one.rows[b"c"].replace(
        BOOK.version.encode(), ABROAD.version.encode()
    )
