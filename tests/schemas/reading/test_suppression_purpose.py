"""No opt-out is lost for its purpose, and none is lifted by a purpose that is not known."""

from typing import Any

import pytest
from hypothesis import given

from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.both_ways import both, order, refused
from tests.schemas.reading.test_any_value import VALUES
from topology.domain.history.event import Event

ALL = ["all", "ALL", " All ", "everything", "Everything", "any"]
OTHERS: list[Any] = [
    "",
    " ",
    "sms",
    "email",
    "marketing",
    "?",
    0,
    1,
    True,
    [],
    ["all"],
    {},
    "\ud83d",
]


def on(properties: Any) -> tuple[Event[Any], tuple[str, ...]]:
    event, ignored = both(order(event="Customer Suppressed") | {"properties": properties})
    assert isinstance(event, Event), event
    assert event.name == "Customer Suppressed"
    assert event.properties.purpose == "all"
    return event, ignored


@pytest.mark.parametrize("purpose", [*ALL, None])
def test_the_list_is_for_everything(purpose: Any) -> None:
    assert on({"purpose": purpose})[1] == ()
    event, ignored = both(
        order(event="Customer Unsuppressed") | {"properties": {"purpose": purpose}}
    )
    assert isinstance(event, Event)
    assert ignored == ()


@pytest.mark.parametrize("purpose", OTHERS)
def test_any_other_purpose_suppresses_for_everything_and_lifts_nothing(purpose: Any) -> None:
    event, ignored = on({"purpose": purpose, "reason": "by letter"})
    assert ignored == ("properties.purpose",)
    assert event.properties.reason == "by letter"
    lifted = order(event="Customer Unsuppressed") | {"properties": {"purpose": purpose}}
    assert refused(lifted).reason == "invalid_field"


@fuzzed
@given(VALUES)
def test_no_value_loses_an_opt_out(value: Any) -> None:
    for properties in (value, {"purpose": value}, {"reason": value}):
        on(properties)


@pytest.mark.parametrize("properties", ["sms", ["all"], 7, True])
def test_properties_that_cannot_be_read_lift_nothing(properties: Any) -> None:
    assert on(properties)[1] == ("properties",)
    message = order(event="Customer Unsuppressed") | {"properties": properties}
    assert refused(message).reason == "invalid_field"


def test_a_reason_that_cannot_be_read_costs_neither() -> None:
    for event in ("Customer Suppressed", "Customer Unsuppressed"):
        found, ignored = both(order(event=event) | {"properties": {"reason": ["letter"]}})
        assert isinstance(found, Event)
        assert ignored == ("properties.reason",)
