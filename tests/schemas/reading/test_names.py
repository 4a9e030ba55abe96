"""A field under another spelling is the field, whatever the event."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.messages.catalogue import MODEL_OF
from schemas.messages.reading import IGNORED_PATHS, known_path, read_message
from schemas.messages.reading.passed_over import fields_of, model_in, side_paths
from tests.schemas.examples import messages
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.both_ways import RECEIVED, both, order, outcome, taken
from topology.domain.history.event import Event

WHEN = "2026-11-10T09:00:00Z"
EXAMPLES = {name: each | {"timestamp": WHEN} for name, each in messages().items()}
HTTPS_OWN = {"type", "event", "messageId"}
"""The API reads these before it knows the contract."""


def fields_in(message: dict[str, Any], model: Any, before: str = "") -> list[str]:
    """The paths of the fields of a contract that a message has."""
    found = []
    for name, field in fields_of(model).items():
        if name in message:
            found.append(f"{before}{name}")
            inner, value = model_in(field.annotation), message[name]
            first = value[0] if isinstance(value, list) and value else value
            if inner is not None and isinstance(first, dict):
                found += fields_in(first, inner, f"{before}{name}.")
    return found


def renamed(message: dict[str, Any], path: str, name: str, *, keep: bool = False) -> dict[str, Any]:
    """A copy with another name for a field; in a list, in its first item."""
    changed = copy.deepcopy(message)
    place: Any = changed
    *parents, last = path.split(".")
    for step in parents:
        place = place[step][0] if isinstance(place[step], list) else place[step]
    place[name] = place[last] if keep else place.pop(last)
    return changed


def model_of(message: dict[str, Any]) -> Any:
    return MODEL_OF[message["event"] if message["type"] == "track" else message["type"]]


FIELDS = [
    (name, path)
    for name, message in EXAMPLES.items()
    for path in fields_in(message, model_of(message))
]
DECIDING = [
    (name, path) for name, path in FIELDS if path not in set(side_paths(model_of(EXAMPLES[name])))
]


def usual(name: str) -> list[str]:
    """The usual other spellings of a name."""
    words = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name).split("_")
    camel = words[0] + "".join(word.capitalize() for word in words[1:])
    spelled = {camel, "_".join(words), camel.capitalize() if len(words) == 1 else camel}
    return sorted(spelled - {name})


@st.composite
def spellings(draw: st.DrawFn, name: str) -> str:
    """Any spelling of a name that differs in case and signs alone."""
    signs = st.sampled_from(["", "", "", "_", "-", " ", "."])
    letters = [
        each.upper() if draw(st.booleans()) else each.lower() for each in name if each.isalnum()
    ]
    return draw(signs) + "".join(letter + draw(signs) for letter in letters)


def test_the_fields_come_from_the_contracts() -> None:
    assert {("shop.events.v1/order-completed", "properties.products.price")} <= set(FIELDS)
    assert {path for _, path in DECIDING} >= {
        *("type", "event", "messageId", "userId", "anonymousId", "timestamp", "previousId"),
        *("properties.total", "properties.currency", "properties.refund_id", "properties.rating"),
        *("properties.ticket_id", "properties.sentiment", "properties.network"),
    }


@pytest.mark.parametrize(("name", "path"), FIELDS)
def test_a_field_under_its_usual_other_spelling_is_the_field(name: str, path: str) -> None:
    """A reading gives the same, and so do the API and the worker."""
    for spelling in usual(path.rpartition(".")[2]):
        message = renamed(EXAMPLES[name], path, spelling)
        reading, plain = read_message(message, RECEIVED), read_message(EXAMPLES[name], RECEIVED)
        assert (reading.message, reading.ignored) == (plain.message, ())
        if path != "context":
            found, ignored = both(message)
            assert (outcome(found), ignored) == (outcome(both(EXAMPLES[name])[0]), ())


@pytest.mark.parametrize(
    ("event", "name", "value", "field"),
    [
        ("Product Viewed", "productId", "p", "product_id"),
        ("Product Viewed", "Category", "tea", "category"),
        ("Complaint Filed", "ticketId", "T-1", "ticket_id"),
        ("Customer Suppressed", "Reason", "by letter", "reason"),
        ("Order Completed", "Products", [{"price": 5}], "products"),
    ],
)
def test_what_a_history_keeps_is_read_under_its_usual_spelling(
    event: str, name: str, value: Any, field: str
) -> None:
    """The quick decoder leaves such a message to the reading."""
    found = taken(order(event=event, properties={name: value}))
    assert getattr(found.properties, field)


@fuzzed
@given(st.data())
def test_a_field_that_decides_is_known_under_any_spelling(data: st.DataObject) -> None:
    name, path = data.draw(st.sampled_from(DECIDING))
    spelling = data.draw(spellings(path.rpartition(".")[2]))
    found, ignored = both(renamed(EXAMPLES[name], path, spelling))
    assert outcome(found) == outcome(both(EXAMPLES[name])[0]), spelling
    assert ignored == ()


@pytest.mark.parametrize(("name", "path"), FIELDS)
def test_of_two_spellings_the_contract_s_wins_and_the_other_is_named(name: str, path: str) -> None:
    """Of side fields and ids, too."""
    start, dot, last = path.rpartition(".")
    spelling = usual(last)[0]
    found, ignored = both(renamed(EXAMPLES[name], path, spelling, keep=True))
    assert outcome(found) == outcome(both(EXAMPLES[name])[0])
    assert set(ignored) <= {f"{start}{dot}{spelling}"}
    assert {known_path(each) for each in ignored} <= {path}
    assert path in IGNORED_PATHS | HTTPS_OWN


def test_a_spelling_beside_the_total_changes_nothing() -> None:
    event, ignored = both(order(properties={"total": 10, "Total": 20, "orderId": "p"}))
    assert isinstance(event, Event)
    assert (event.properties.total, event.properties.order_id) == (10, "o")
    assert ignored == ("properties.Total", "properties.orderId")
    assert set(map(known_path, ignored)) == {"properties.total", "properties.order_id"}
