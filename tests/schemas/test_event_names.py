"""Which event of ours a sender may mean by a name that is none."""

import json

import pytest

from schemas.messages.event_names import EVENT_NAMES
from services.ingest.validate import Ignored, validate
from tests.schemas.reading.both_ways import ARRIVAL, VALIDATOR, order, over_kafka
from topology.agents.dead_letters import Refusal

MEANT = {
    "Newsletter Unsubscribed": [
        *("Customer Unsubscribed", "Unsubscribed from Email", "Email Unsubscribed", "unsubscribe"),
        *("group_unsubscribe", "Unsubscribe Link Clicked", "User Unsubscribed From SMS"),
        *("Abmeldung", "contact.unsubscribed"),
    ],
    "Customer Suppressed": [
        *("Marketing Opt Out", "Opted Out", "opt-out", "Do Not Contact", "User Opted Out of SMS"),
        *("Email Marked as Spam", "Consent Revoked", "Don't Contact", "GDPR Opt-Out Requested"),
        *("Spam Complaint", "Werbewiderspruch"),
    ],
    "Complaint Filed": [
        *("Complaint Submitted", "Complaint Created", "Beschwerde", "Complaint", "Reklamation"),
        *("Customer Complained", "Beschwerde eingereicht"),
    ],
    "Complaint Resolved": ["Complaint Closed", "Beschwerde gel\u00f6st", "complaint.resolved.v2"],
    "Order Completed": ["Order Placed"],
}


@pytest.mark.parametrize(
    ("event", "name"), [(event, name) for event, names in MEANT.items() for name in names]
)
def test_an_event_of_another_name_learns_ours(event: str, name: str) -> None:
    assert EVENT_NAMES.name_of(name) is None
    assert EVENT_NAMES.near(name) == event
    assert EVENT_NAMES.listed(name) == event, "however many of them are in a batch"
    verdict = validate(json.dumps(order(event=name)).encode(), None, ARRIVAL, VALIDATOR)
    assert verdict == Ignored("m", name)
    found, _ = over_kafka(order(event=name))
    assert isinstance(found, Refusal)
    assert f"if you mean `{event}`, send it under that name" in found.detail


@pytest.mark.parametrize("name", ["Reklam", "Cart Shared", "Order Shipped", "Something Else", 5])
def test_any_other_name_gets_no_hint(name: object) -> None:
    assert EVENT_NAMES.listed(name) is None
    assert EVENT_NAMES.near(name) is None
