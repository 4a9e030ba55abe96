"""Tables that name everything of a kind are whole, and no code in them stands for two things."""

from schemas.dimensions import Dimension
from schemas.messages.catalogue import KNOWN_EVENTS, MODEL_OF, TOUCHPOINT_CODES
from schemas.messages.envelope import Channel
from schemas.messages.social import Network
from schemas.policy.conditions import Conditions, ProfileConditions
from schemas.policy.reason import REASON_FIELDS
from schemas.trigger import Priority
from topology.domain.history.channels import CHANNEL_CODES, CHANNELS, EVENTS
from topology.domain.rules.conditions import FIGURES, FLAGS
from topology.domain.steps.absorb import HANDLERS
from topology.domain.steps.reason import INPUTS

IN_A_BYTE = range(256)


def test_a_reason_can_be_filled_in_with_every_field_that_it_may_name() -> None:
    """And with no other."""
    assert INPUTS.keys() == set(REASON_FIELDS)
    assert len(REASON_FIELDS) == len(set(REASON_FIELDS))


def test_every_message_of_the_catalogue_has_a_handler_or_none_on_purpose() -> None:
    """A new event without a line in `HANDLERS` fails here."""
    assert HANDLERS.keys() == MODEL_OF.keys()


def test_every_event_by_which_a_customer_is_met_has_a_code_of_its_own() -> None:
    """In one byte. Nobody is met by being put on a list."""
    assert TOUCHPOINT_CODES.keys() == KNOWN_EVENTS - {
        "Customer Suppressed",
        "Customer Unsuppressed",
    }
    assert len(set(TOUCHPOINT_CODES.values())) == len(TOUCHPOINT_CODES)
    assert set(TOUCHPOINT_CODES.values()) <= set(IN_A_BYTE)


def test_every_channel_and_every_network_has_a_code_of_its_own() -> None:
    """In one byte; a social event's network stands for its channel."""
    assert CHANNEL_CODES.keys() == {*Channel, *Network}
    assert len(set(CHANNEL_CODES.values())) == len(CHANNEL_CODES)
    assert set(CHANNEL_CODES.values()) <= set(IN_A_BYTE)


def test_no_network_is_called_like_a_channel() -> None:
    """Both stand in one table, by name."""
    assert not {str(each) for each in Channel} & {str(each) for each in Network}


def test_codes_are_read_as_what_they_were_written_for() -> None:
    """Both ways."""
    assert {name: EVENTS[code] for name, code in TOUCHPOINT_CODES.items()} == {
        name: name for name in TOUCHPOINT_CODES
    }
    assert {str(name): CHANNELS[code] for name, code in CHANNEL_CODES.items()} == {
        str(name): str(name) for name in CHANNEL_CODES
    }


def test_no_code_has_ever_been_changed() -> None:
    """They are in every row: whoever adds one adds it here; none is ever another."""
    assert [EVENTS[code] for code in range(29)] == [
        *("Product Viewed", "Product Added", "Cart Viewed", "Checkout Started"),
        *("Order Completed", "Order Refunded", "Order Cancelled", "Product Reviewed"),
        *("Store Visited", "Newsletter Subscribed", "Newsletter Unsubscribed", "Coupon Applied"),
        *("Retention Action Delivered", "Retention Action Responded"),
        *("Social Followed", "Social Unfollowed", "Social Mentioned", "Social Message Received"),
        *("Social Content Engaged", "Ticket Opened", "Ticket Resolved", "Complaint Filed"),
        *("Complaint Resolved", "Live Chat Conversation Started", "Live Chat Conversation Ended"),
        *("Survey Answered", "Page Viewed", "Screen Viewed", "Order Updated"),
    ]
    assert [CHANNELS[code] for code in (*range(7), *range(16, 28))] == [
        *("web", "app", "store", "marketplace", "partner", "phone", "social"),
        *("linkedin", "xing", "facebook", "instagram", "whatsapp", "youtube", "tiktok"),
        *("clubhouse", "snapchat", "pinterest", "x", "other"),
    ]


def test_every_condition_of_the_policy_is_read_from_a_row() -> None:
    """Or it would be ignored in silence."""
    on_history = {*FIGURES, *FLAGS, "bought_over", "traits"}

    assert on_history == ProfileConditions.model_fields.keys()
    assert on_history | {*Dimension, "unanswered", "fired_within"} == Conditions.model_fields.keys()


def test_priorities_are_listed_from_the_lowest_to_the_highest() -> None:
    """One step higher is the next of them."""
    assert [str(each) for each in Priority] == ["low", "normal", "high", "highest"]
