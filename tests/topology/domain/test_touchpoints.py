"""Where a customer was met, and what they looked up in one world and bought in the other."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.customer import Customer
from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import MICROSECOND, Json, day, did, identified, mention, order
from topology.domain.history.contacts import (
    Contact,
    add_contact,
    merge_contacts,
    pack_contacts,
)
from topology.domain.view.view import describe


def seen(messages: list[Json]) -> Customer:
    """The customer after all of it."""
    row = lived(messages).row
    return describe("c", row, BOOK, row.as_of)


def test_the_latest_twenty_touchpoints_are_kept_the_latest_first() -> None:
    """Of twenty-five."""
    found = seen([did("Product Viewed", day(n)) for n in range(25)]).journey.touchpoints

    assert [each.at for each in found] == [day(n) for n in range(24, 4, -1)]
    assert {(each.event, each.channel) for each in found} == {("Product Viewed", "web")}


def test_a_late_touchpoint_is_sorted_in() -> None:
    """Where it belongs, unless it is older than the twenty."""
    messages = [did("Product Viewed", day(2 * n)) for n in range(20)]
    within = seen([*messages, did("Store Visited", day(21), "store")]).journey.touchpoints
    before = seen([*messages, did("Store Visited", day(-1), "store")]).journey.touchpoints

    assert [each.at for each in within[8:11]] == [day(22), day(21), day(20)]
    assert (within[9].event, within[9].channel) == ("Store Visited", "store")
    assert len(within) == 20
    assert before == seen(messages).journey.touchpoints


def test_contacts_are_counted_by_channel_first_and_last() -> None:
    """All of them, also those that are no longer kept one by one."""
    messages = [did("Product Viewed", day(n), "app") for n in range(30)]
    messages += [did("Store Visited", day(3), "store"), did("Product Viewed", day(2), "app", x=1)]
    messages += [did("Store Visited", day(-1), "store")]
    found = seen(messages).journey.channels

    assert [(each.channel, each.count, each.first_at, each.last_at) for each in found] == [
        ("app", 31, day(0), day(29)),
        ("store", 2, day(-1), day(3)),
    ]


def test_a_social_network_is_a_channel_of_its_own() -> None:
    """Whatever channel its context names."""
    messages = [did("Social Followed", day(0), "app", network="xing"), mention(day(1), 0, "tiktok")]

    assert {each.channel for each in seen(messages).journey.channels} == {"xing", "tiktok"}


def test_who_says_who_they_are_is_not_met_by_that() -> None:
    """It is no touchpoint, but an event."""
    customer = seen([identified(day(0), city="Berlin")])

    assert (customer.journey.channels, customer.journey.touchpoints) == ((), ())
    assert customer.activity.events == 1


SHOES = {"products": [{"product_id": "shoes"}]}
WOOL = {"products": [{"product_id": "socks", "category": "wool"}]}
TWO_WEEKS = timedelta(days=14)


def bought(at: datetime, channel: str, products: Json) -> Json:
    """An order of products over a channel."""
    return did("Order Completed", at, channel, order_id="o", total=10.0, **products)


@pytest.mark.parametrize(
    ("over", "bought_over", "kind"),
    [
        ("web", "store", "research_online_purchase_offline"),
        ("app", "phone", "research_online_purchase_offline"),
        ("marketplace", "store", "research_online_purchase_offline"),
        ("store", "web", "research_offline_purchase_online"),
        ("phone", "partner", "research_offline_purchase_online"),
        ("web", "app", None),
        ("store", "phone", None),
    ],
)
def test_what_is_looked_up_in_one_world_and_bought_in_the_other_crosses_over(
    over: str, bought_over: str, kind: str | None
) -> None:
    """The store and the phone are offline, all else is online."""
    viewed = did("Product Viewed", day(0), over, product_id="shoes")
    found = seen([viewed, bought(day(3), bought_over, SHOES)]).journey.research

    assert (found and found.kind) == kind
    if found is not None:
        assert (found.looked_at, found.bought_at) == (day(0), day(3))


@pytest.mark.parametrize(
    ("after", "crosses"),
    [
        (timedelta(0), True),
        (TWO_WEEKS - MICROSECOND, True),
        (TWO_WEEKS, False),
        (-MICROSECOND, False),
    ],
)
def test_the_purchase_follows_within_14_days(after: timedelta, *, crosses: bool) -> None:
    """Half open: exactly 14 days later it is too late."""
    viewed = did("Product Viewed", day(0), product_id="shoes")
    found = seen([viewed, bought(day(0) + after, "store", SHOES)]).journey.research

    assert (found is not None) is crosses


@pytest.mark.parametrize(
    ("thing", "crosses"),
    [
        ({"category": "wool"}, True),
        ({"product_id": "socks"}, True),
        ({"product_id": "wool"}, False),
    ],
)
def test_a_product_or_a_category_will_do(thing: Json, *, crosses: bool) -> None:
    """But a product is not a category of the same name."""
    viewed = did("Cart Viewed", day(0), **thing)
    found = seen([viewed, bought(day(1), "store", WOOL)]).journey.research

    assert (found is not None) is crosses


def test_the_latest_crossing_is_shown_whichever_came_first() -> None:
    """The order comes before its look."""
    viewed = did("Product Viewed", day(0), product_id="shoes")
    messages = [bought(day(3), "store", SHOES), viewed]

    assert seen(messages).journey == seen(messages[::-1]).journey


def test_of_one_order_sent_twice_the_channel_does_not_depend_on_the_order_of_arrival() -> None:
    """At one time and of one total it is the first by the alphabet: marketplace, not store."""
    messages = [
        order(day(0), "o") | {"messageId": channel, "context": {"channel": channel}}
        for channel in ("store", "marketplace")
    ]

    assert lived(messages).row.history == lived(messages[::-1]).row.history
    assert lived(messages).row.history.orders[0].channel == 3


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1 << 50))))
def test_a_contact_more_is_what_the_contacts_of_both_would_be(met: list[tuple[int, int]]) -> None:
    """By channel, in the order of their codes."""
    one_by_one = joined = b""
    for channel, at in met:
        one_by_one = add_contact(one_by_one, at, channel)
        joined = merge_contacts(joined, pack_contacts([Contact(channel, at, at, 1)]))
    assert one_by_one == joined
