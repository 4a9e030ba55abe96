"""What the fields of a message may hold."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.messages import SOURCE_MESSAGE, Message
from tests.schemas.examples import messages, read

EXAMPLES = messages()


def taken(message: dict[str, Any]) -> Message:
    """The message, by way of JSON."""
    return SOURCE_MESSAGE.validate_json(json.dumps(message))


def with_value(example: str, path: str, value: Any) -> dict[str, Any]:
    """An example with another value at a place such as `properties.total`."""
    message = read(example)
    *parents, name = path.split(".")
    place = message
    for parent in parents:
        place = place.setdefault(parent, {})
    place[name] = value
    return message


ORDER = "shop.events.v1/order-completed"
REFUND = "shop.events.v1/order-refunded-in-part"
CANCEL = "shop.events.v1/order-cancelled"
REVIEW = "shop.events.v1/product-reviewed"
RESPONSE = "shop.events.v1/retention-action-responded"
MENTION = "social.events.v1/social-mentioned"
COMPLAINT = "support.events.v1/complaint-filed"
NPS = "support.events.v1/survey-answered"
CSAT = "support.events.v1/survey-answered-csat"
IDENTIFY = "shop.events.v1/identify"
ALIAS = "shop.events.v1/alias"

LONG, TOO_LONG = "x" * 256, "x" * 257

GOOD: list[tuple[str, str, Any]] = [
    (ORDER, "messageId", LONG),
    (ORDER, "messageId", None),
    (ORDER, "userId", LONG),
    (ORDER, "userId", "ü" * 256),
    (ORDER, "anonymousId", LONG),
    (ORDER, "timestamp", None),
    (ORDER, "context", {}),
    (ORDER, "properties.order_id", LONG),
    (ORDER, "properties.order_id", 7),
    (ORDER, "properties.total", 0),
    (ORDER, "properties.total", 0.1),
    (ORDER, "properties.total", 999_999_999_999.99),
    (ORDER, "properties.total", "59.90"),
    (ORDER, "properties.currency", None),
    (ORDER, "properties.currency", "eur"),
    (ORDER, "properties.coupon", None),
    (ORDER, "properties.products", []),
    (REFUND, "properties.total", None),
    (REFUND, "properties.total", 0),
    (REVIEW, "properties.rating", 1),
    (REVIEW, "properties.rating", 5),
    (REVIEW, "properties.rating", 4.5),
    (REVIEW, "properties.rating", "3"),
    (REVIEW, "properties.product_id", None),
    (MENTION, "properties.sentiment", -1),
    (MENTION, "properties.sentiment", 1),
    (MENTION, "properties.sentiment", None),
    (MENTION, "properties.handle", LONG),
    (MENTION, "properties.url", None),
    (COMPLAINT, "properties", {}),
    (COMPLAINT, "properties.ticket_id", None),
    (COMPLAINT, "properties.severity", 3),
    (COMPLAINT, "properties.severity", "high"),
    (NPS, "properties.score", 0),
    (NPS, "properties.score", 10),
    (CSAT, "properties.score", 1),
    (CSAT, "properties.score", 5),
    (IDENTIFY, "traits", {}),
    (IDENTIFY, "context.externalIds", []),
    (ALIAS, "previousId", LONG),
]


@pytest.mark.parametrize(("example", "path", "value"), GOOD)
def test_a_value_within_its_bounds_is_taken(example: str, path: str, value: object) -> None:
    """Up to the bounds themselves."""
    taken(with_value(example, path, value))


BAD: list[tuple[str, str, Any]] = [
    (ORDER, "type", "page"),
    (ORDER, "type", None),
    (ORDER, "event", "order completed"),
    (ORDER, "event", "OrderCompleted"),
    (ORDER, "event", ""),
    (ORDER, "messageId", ""),
    (ORDER, "messageId", TOO_LONG),
    (ORDER, "userId", TOO_LONG),
    (ORDER, "userId", True),
    (ORDER, "anonymousId", TOO_LONG),
    (ORDER, "context.channel", "fax"),
    (ORDER, "context.channel", "Web"),
    (ORDER, "context", "web"),
    (ORDER, "properties", []),
    (ORDER, "properties.order_id", ""),
    (ORDER, "properties.order_id", None),
    (ORDER, "properties.order_id", TOO_LONG),
    (ORDER, "properties.order_id", True),
    (ORDER, "properties.total", -0.01),
    (ORDER, "properties.total", 1e12),
    (ORDER, "properties.total", None),
    (ORDER, "properties.total", True),
    (ORDER, "properties.total", "much"),
    (ORDER, "properties.total", "nan"),
    (ORDER, "properties.total", float("nan")),
    (ORDER, "properties.total", float("inf")),
    (ORDER, "properties.currency", "EURO"),
    (ORDER, "properties.currency", "€"),
    (ORDER, "properties.currency", "EUR\n"),
    (ORDER, "properties.products", "p-1"),
    (ORDER, "properties.products", [{"product_id": ""}]),
    (REFUND, "properties.order_id", None),
    (REFUND, "properties.total", -1),
    (REFUND, "properties.total", False),
    (CANCEL, "properties", {}),
    (REVIEW, "properties.rating", 0.99),
    (REVIEW, "properties.rating", 5.01),
    (REVIEW, "properties.rating", "five"),
    (REVIEW, "properties.rating", True),
    (REVIEW, "properties.rating", None),
    (RESPONSE, "properties.trigger_id", ""),
    (MENTION, "properties.network", "myspace"),
    (MENTION, "properties.network", None),
    (MENTION, "properties.handle", ""),
    (MENTION, "properties.handle", TOO_LONG),
    (MENTION, "properties.sentiment", -1.01),
    (MENTION, "properties.sentiment", 1.01),
    (MENTION, "properties.sentiment", "good"),
    (COMPLAINT, "properties.ticket_id", ""),
    (COMPLAINT, "properties.severity", [3]),
    (NPS, "properties.survey", "ces"),
    (NPS, "properties.score", -1),
    (NPS, "properties.score", 11),
    (NPS, "properties.score", None),
    (CSAT, "properties.score", 0),
    (CSAT, "properties.score", 6),
    (IDENTIFY, "traits", ["name"]),
    (IDENTIFY, "context.externalIds", [{"type": "email"}]),
    (IDENTIFY, "context.externalIds", [{"id": ""}]),
    (ALIAS, "previousId", ""),
    (ALIAS, "previousId", None),
    (ALIAS, "userId", ""),
    (ALIAS, "userId", None),
]


@pytest.mark.parametrize(("example", "path", "value"), BAD)
def test_a_value_out_of_its_bounds_is_refused(example: str, path: str, value: object) -> None:
    """Nothing is bent into shape."""
    with pytest.raises(ValidationError):
        taken(with_value(example, path, value))


def test_a_csat_score_says_what_its_scale_is() -> None:
    """It differs from that of the other survey."""
    with pytest.raises(ValidationError, match="a csat score runs from 1 to 5"):
        taken(with_value(CSAT, "properties.score", 6))


@pytest.mark.parametrize("name", EXAMPLES)
def test_unknown_fields_are_passed_over_at_every_level(name: str) -> None:
    """A producer may send what it likes beside what counts."""
    message = EXAMPLES[name]
    plain = taken(message)
    more = with_value(name, "context.page", {"url": "https://shop.example/"})
    more |= {"sentAt": "yesterday", "integrations": {"All": True}, "": None}
    if "properties" in message:
        more["properties"]["__proto__"] = {"nested": [1, {"deep": None}]}
        more["properties"]["total_discount"] = "much"

    assert taken(more) == plain


def test_an_absent_channel_means_web() -> None:
    """With or without a context."""
    message = read(ORDER)
    del message["context"]
    contexts: list[dict[str, Any]] = [{}, {"context": {}}, {"context": {"ip": "::1"}}]
    for context in contexts:
        assert taken(message | context).context.channel == "web"


@pytest.mark.parametrize(
    "name", [name for name, message in EXAMPLES.items() if "properties" not in message]
)
def test_an_event_that_needs_no_properties_may_come_without(name: str) -> None:
    """It is a sign of life all the same."""
    taken(EXAMPLES[name])


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_of_another_type_is_not_taken_for_the_event_it_names(name: str) -> None:
    """The type decides; a track event is track and nothing else."""
    message = EXAMPLES[name]
    if message["type"] != "track":
        with pytest.raises(ValidationError):
            taken(message | {"type": "track"})
        return
    for other in ("page", "screen", "group", "TRACK", "", None, 1, ["track"], {"type": "track"}):
        with pytest.raises(ValidationError):
            taken(message | {"type": other})
    assert not hasattr(taken(message | {"type": "identify"}), "event")


@pytest.mark.parametrize("event", [None, 1, True, [], {}, "Order", "Order Completed "])
def test_a_track_message_needs_an_event_that_is_known(event: object) -> None:
    """By its exact name."""
    with pytest.raises(ValidationError):
        taken(read(ORDER) | {"event": event})


def test_a_message_is_frozen() -> None:
    """Nobody changes what was received."""
    with pytest.raises(ValidationError, match="frozen"):
        taken(read(ORDER)).user_id = "c-2"  # type: ignore[misc]


def test_only_events_about_an_order_name_one() -> None:
    """Orders, edits, refunds and cancellations."""
    named = {
        name for name, message in EXAMPLES.items() if getattr(taken(message), "order_id", None)
    }

    assert {name.split("/")[1] for name in named} == {
        "order-completed",
        "order-completed-in-store",
        "order-refunded",
        "order-refunded-in-part",
        "order-cancelled",
        "order-updated",
    }
