"""Examples of the rules for those who buy, look around or follow."""

from tests.oracle.one_customer import (
    MICROSECOND,
    day,
    identify,
    order,
    orders,
    refund,
    track,
)
from tests.oracle.rule_messages import HOUR, Example, follow, mention, review, subscription, view

CHAMPION = orders(*[day(0)] * 4, day(25), day(25))
"""A gift on day 0, what goes with the first order on day 7, the champion's offer on day 30."""

EXAMPLES: list[Example] = [
    (
        "second_purchase",
        "21 days after the only order",
        [order(day(0))],
        [("second_purchase", day(21))],
    ),
    (
        "second_purchase",
        "not with a second one before; nor if that is refunded later",
        [order(day(0), "a"), order(day(21) - MICROSECOND, "b"), refund(day(22), "b")],
        [],
    ),
    (
        "second_purchase",
        "the clock comes before the order of the same instant",
        [order(day(0), "a"), order(day(21), "b")],
        [("second_purchase", day(21))],
    ),
    (
        "second_purchase",
        "the first order is taken back: the next is the first, and alone",
        [order(day(0), "a"), order(day(2), "b"), refund(day(5), "a")],
        [("second_purchase", day(23))],
    ),
    (
        "special_offer",
        "the sixth order makes a champion; a gift for the fourth went out long ago",
        orders(*[day(n) for n in (0, 1, 2, 3, 28, 29)]),
        [("special_offer", day(33))],
    ),
    (
        "nurture",
        "six orders of 10.00: loyal after 30 days; the welcome gift was on day 0, the offer on 7",
        orders(*[day(0)] * 6),
        [("nurture", day(30))],
    ),
    ("nurture", "not with 250.00", orders(*[day(0)] * 6, total=41.67), []),
    (
        "lead_story",
        "the newsletter makes a lead; once in 90 days",
        [
            subscription(day(0)),
            track("Newsletter Unsubscribed", day(1)),
            subscription(day(90) - MICROSECOND),
            track("Newsletter Unsubscribed", day(91)),
            subscription(day(92)),
        ],
        [("lead_story", day(0)), ("lead_story", day(92))],
    ),
    (
        "lead_story",
        "so does consent, whatever the tool that says so",
        [identify(day(0), consent={"ads": "DENIED", "mail": "GRANTED"})],
        [("lead_story", day(0))],
    ),
    (
        "lead_story",
        "not after the refund of the only order: that is a way down",
        [order(day(0)), subscription(day(1)), refund(day(2), "o")],
        [],
    ),
    (
        "follower_retargeting",
        "a follower, and again after 7 days",
        [follow(day(0))],
        [("follower", day(0)), ("follower_again", day(7))],
    ),
    (
        "follower_retargeting",
        "not again after an order",
        [follow(day(0)), order(day(6))],
        [("follower", day(0))],
    ),
    (
        "cross_sell",
        "3 days after the first order, a second one or not",
        [order(day(0), "a"), order(day(2.5), "b")],
        [("accessories", day(3))],
    ),
    (
        "regular_thanks",
        "the fourth order within the window",
        orders(day(0), day(0), day(0), day(40)),
        [("small_gift", day(40))],
    ),
    (
        "regular_thanks",
        "a regular has their birthday: on 2 March at 00:00 in Berlin, 23:00 the day before in UTC",
        [identify(day(0), birthday="1980-03-02"), *orders(day(0), day(0), day(0), day(0))],
        [("small_gift", day(0)), ("birthday", day(59) + 11 * HOUR)],
    ),
    (
        "vip_relationship",
        "the sixth order with 500.00; after 60 days a call",
        orders(*[day(0)] * 6, total=100.0),
        [("vip_welcome", day(7)), ("vip_check_in", day(60))],
    ),
    (
        "vip_relationship",
        "with less money nobody is a VIP",
        orders(*[day(0)] * 6, total=83.33),
        [],
    ),
    (
        "ambassador",
        "a champion's good review; a second one within 180 days is lost",
        [*CHAMPION, review(day(40), 4), review(day(50), 5)],
        [("ambassador", day(40))],
    ),
    (
        "ambassador",
        "a champion's kind words, neither cool ones nor any of unknown mood",
        [*CHAMPION, mention(day(40), None), mention(day(41), 0.49), mention(day(42), 0.5)],
        [("ambassador", day(42))],
    ),
    (
        "ambassador",
        "on day 55 the champion is loyal",
        [*CHAMPION, review(day(40), 3.9), review(day(55), 4)],
        [],
    ),
    (
        "store_invitation",
        "looked around online, and bought in the store once",
        [order(day(0), channel="store"), view(day(40))],
        [("store_invitation", day(43))],
    ),
    (
        "store_invitation",
        "not if the look was in the store, too",
        [order(day(0), channel="store"), view(day(40), "store"), view(day(41), "phone")],
        [],
    ),
    (
        "store_invitation",
        "not if an order followed, at the same instant at the latest",
        [order(day(0), "a", channel="store"), view(day(40)), order(day(40), "b")],
        [],
    ),
    (
        "store_invitation",
        "the store is remembered even if the money went back",
        [order(day(0), channel="store"), refund(day(1), "o"), view(day(40))],
        [("store_invitation", day(43))],
    ),
    (
        "go_direct",
        "the second order over others",
        [
            order(day(0), "a", channel="marketplace"),
            order(day(20), "b"),
            order(day(40), "c", channel="partner"),
            order(day(50), "d", channel="partner"),
        ],
        [("go_direct", day(40))],
    ),
    (
        "go_direct",
        "what was taken back does not count",
        [
            order(day(0), "a", channel="marketplace"),
            refund(day(1), "a"),
            order(day(40), "b", channel="partner"),
        ],
        [],
    ),
    (
        "occasional_push",
        "every 20 days: 30 days after the last",
        orders(day(0), day(20), day(40)),
        [("occasional_push", day(70))],
    ),
    (
        "occasional_push",
        "an order on day 0, the last 331 days later: at 365 days there is no gap any more",
        orders(day(0), day(331)),
        [],
    ),
]
