"""Each golden example of a webhook has its meaning, and its messages are taken whole."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.messages.catalogue import TOPIC_OF_EVENT
from services.connect.connectors import CONNECTORS
from services.connect.mapped import Outcome, UnmappableError
from services.connect.order_messages import MOST_PRODUCTS
from services.connect.receive import map_body
from services.ingest.intake import Limits
from services.ingest.validate import Arrival, Taken, Validator, validate
from tests.services.connect.shop import EXAMPLES, MAIN, Golden, golden
from tests.topology.domain.life import BOOK, Life, lived
from topology.agents.decode import EventDecoder

ARRIVAL = Arrival(datetime(2026, 11, 22, 12, tzinfo=UTC), lambda: "api-1")
VALIDATOR = Validator(TOPIC_OF_EVENT, EventDecoder(BOOK.exchange), Limits().event_bytes)
"""The sender may not take anybody off the suppression list."""


def meaning(kind: str, headers: dict[str, str], payload: Any) -> dict[str, Any]:
    """What a webhook becomes, as the examples have it."""
    body = json.dumps(payload).encode()
    try:
        mapped = map_body(CONNECTORS[kind], headers, body, MAIN[kind])
    except UnmappableError as error:
        return {"outcome": "dead_letter", "messages": [], "names": [], "detail": error.detail}
    return {
        "outcome": str(mapped.outcome),
        "messages": list(mapped.messages),
        "names": list(mapped.names),
    }


def taken(message: dict[str, Any]) -> Taken:
    verdict = validate(json.dumps(message).encode(), None, ARRIVAL, VALIDATOR)
    assert isinstance(verdict, Taken), verdict
    return verdict


def messages_of(example: Golden, **fields: Any) -> list[dict[str, Any]]:
    """The messages of an example with some fields replaced."""
    found = meaning(example.kind, example.headers, example.changed(**fields))["messages"]
    assert found
    return list(found)


def life_of(messages: list[dict[str, Any]]) -> Life:
    """The customer after these messages, each as Kafka has it."""
    return lived([json.loads(taken(each).value) for each in messages])


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_webhook_has_the_meaning_of_its_example(example: Golden) -> None:
    assert meaning(example.kind, example.headers, example.payload) == example.expected


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_its_messages_are_taken_and_no_field_is_ignored(example: Golden) -> None:
    """A near name or an unreadable value would show here."""
    for message in example.expected["messages"]:
        assert taken(message).ignored == (), message


def test_there_is_an_example_of_each_outcome_that_a_payload_can_have() -> None:
    of_the_signature = {
        *(Outcome.PING, Outcome.UNSIGNED, Outcome.WRONG_SIGNATURE, Outcome.UNKNOWN_SOURCE),
    }
    assert {each.expected["outcome"] for each in EXAMPLES} == set(Outcome) - of_the_signature


def test_an_order_of_a_thousand_lines_is_taken() -> None:
    """It would be larger than a message may be."""
    example = golden("shopify", "order-created")
    line = example.payload["line_items"][0]
    lines = [{**line, "product_id": 10**15 + each} for each in range(1_000)]
    completed = messages_of(example, line_items=lines)[1]
    taken(completed)
    assert len(completed["properties"]["products"]) == MOST_PRODUCTS


@pytest.mark.parametrize("kind", CONNECTORS)
def test_two_shops_share_no_customer_no_order_and_no_message(kind: str) -> None:
    """The customer 12 of one shop with WooCommerce is not the customer 12 of another one."""
    example = golden(kind, "order-created")
    of_each = []
    for naming in (MAIN[kind], type(MAIN[kind])(kind, "second")):
        mapped = CONNECTORS[kind].map_webhook(example.headers, example.payload, naming)
        of_each.append(
            {
                str(value)
                for each in mapped.messages
                for value in (
                    each["userId"],
                    each["messageId"],
                    each.get("properties", {}).get("order_id", each["messageId"]),
                )
            }
        )
    assert not of_each[0] & of_each[1]
