"""Almost JSON, over HTTP and from Kafka: no value costs the message, or its neighbours."""

import json
from typing import Any

import pytest

from services.ingest.batch import NotReadableError, batch_in, messages_in
from tests.schemas.reading.both_ways import both, order, refused, taken

LONG = "9" * 5_000
ODD = [LONG, f"-{LONG}", f"{LONG}.5", f"{LONG}e5", f"[{LONG}]", f'{{"a": {LONG}}}', "NaN", "1e999"]


def with_text(message: dict[str, Any], text: str) -> bytes:
    return json.dumps(message).replace('"HERE"', text).encode()


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("place", ["note", "properties", "context", "coupon"])
def test_a_side_field_of_any_length_costs_nothing(odd: str, place: str) -> None:
    where: dict[str, dict[str, Any]] = {
        "note": {"note": "HERE"},
        "properties": {"properties": {"note": "HERE"}},
        "context": {"context": {"note": "HERE"}},
        "coupon": {"properties": {"coupon": "HERE"}},
    }
    assert taken(with_text(order(**where[place]), odd)).properties.total == 10
    identify = order(type="identify", event=..., traits={"name": "Anna", "note": "HERE"})
    assert taken(with_text(identify, odd)).profile == "c-1"


@pytest.mark.parametrize("name", ["total", "order_id"])
def test_a_field_that_decides_is_refused_in_our_words(name: str) -> None:
    found = refused(with_text(order(properties={name: "HERE"}), LONG))
    assert found.reason == "invalid_field"
    assert "int_max_str_digits" not in found.detail


@pytest.mark.parametrize("name", ["userId", "timestamp", "messageId"])
def test_an_id_or_a_time_of_any_length_has_one_fate(name: str) -> None:
    both(with_text(order(**{name: "HERE"}), LONG))


@pytest.mark.parametrize("odd", ODD)
def test_a_batch_with_such_a_number_is_taken_apart(odd: str) -> None:
    events = [with_text(order(note="HERE"), text).decode() for text in ("1", "NaN", odd)]
    listed = f"[{','.join(events)}]"
    assert len(messages_in(listed.encode()).events) == 3
    for more in ("", f', "sentAt": {LONG}', f', "context": {{"note": {LONG}}}'):
        batch = batch_in(f'{{"batch": {listed}{more}}}'.encode())
        assert [taken(each).profile for each in batch.events] == ["c-1"] * 3


@pytest.mark.parametrize("body", ["[NaN, " + "[" * 100_000, '{"batch": [NaN, ' + "[" * 100_000])
def test_a_body_that_nobody_can_read_is_refused_in_our_words(body: str) -> None:
    with pytest.raises(NotReadableError, match="it is nested too deeply"):
        messages_in(body.encode()) if body[0] == "[" else batch_in(body.encode())
