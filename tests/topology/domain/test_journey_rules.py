"""The rules of the default policy along the customer journey, one by one."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.trigger import ActionKind
from tests.topology.domain.life import Life, lived
from tests.topology.domain.messages import (
    DAY_0,
    MICROSECOND,
    Json,
    bought,
    complaint,
    day,
    delivered,
    did,
    identified,
    mention,
    order,
    orders,
    refund,
    resolution,
    review,
    survey,
    visit,
)
from tests.topology.domain.policies import only

AN_HOUR = timedelta(hours=1)


def templates(life: Life, rule: str) -> list[tuple[str | None, datetime]]:
    """What a rule asked for, and when."""
    return [
        (each.action.template, each.effective_at) for each in life.triggers if each.rule == rule
    ]


def so_many(count: int, total: float = 10.0, last: datetime = DAY_0) -> list[Json]:
    """So many orders, an hour apart."""
    return orders(*(last - n * AN_HOUR for n in reversed(range(count))), total=total)


SUBSCRIBED = did("Newsletter Subscribed", day(0))
FOLLOWED = did("Social Followed", day(0), network="instagram")
CHAMPION = so_many(6)
VIP = so_many(6, 100.0)


RULES = [
    ("lead_story", [SUBSCRIBED], [("lead_story", day(0))]),
    ("lead_story", [identified(day(0), consent=True)], [("lead_story", day(0))]),
    ("lead_story", [FOLLOWED, SUBSCRIBED], []),
    ("follower_retargeting", [FOLLOWED], [("follower", day(0)), ("follower_again", day(7))]),
    ("follower_retargeting", [FOLLOWED, order(day(7) - MICROSECOND, "o")], [("follower", day(0))]),
    (
        "follower_retargeting",
        [did("Social Followed", day(0), network="x"), order(day(1), "o")],
        [("follower", day(0))],
    ),
    ("cross_sell", [order(day(0), "o")], [("accessories", day(3))]),
    ("cross_sell", orders(day(0), day(40)), [("accessories", day(3))]),
    ("feedback_request", [order(day(0), "o")], [("feedback_request", day(14))]),
    ("feedback_request", orders(day(0), day(5)), [("feedback_request", day(19))]),
    ("feedback_request", [order(day(0), "o"), complaint(day(13))], []),
    (
        "feedback_request",
        [order(day(0), "o"), complaint(day(1)), resolution(day(2))],
        [],
    ),
    (
        "feedback_request",
        [complaint(day(-1)), order(day(0), "o"), resolution(day(0))],
        [("feedback_request", day(14))],
    ),
    ("feedback_request", [*orders(day(0)), visit(day(20))], [("feedback_request", day(14))]),
    ("regular_thanks", so_many(4), [("small_gift", day(0))]),
    ("regular_thanks", so_many(3), []),
    (
        "regular_thanks",
        [*so_many(6, 90.0), refund(day(40), "o1", 60.0)],
        [("small_gift", day(0) - 2 * AN_HOUR)],
    ),
    ("vip_relationship", VIP, [("vip_welcome", day(0)), ("vip_check_in", day(60))]),
    ("vip_relationship", CHAMPION, []),
    (
        "vip_relationship",
        [*VIP, order(day(59), "more")],
        [("vip_welcome", day(0)), ("vip_check_in", day(119))],
    ),
    ("ambassador", [*CHAMPION, review(day(1), 4)], [("ambassador", day(1))]),
    ("ambassador", [*CHAMPION, review(day(1), 3.99)], []),
    ("ambassador", [*CHAMPION, mention(day(1), 0.5)], [("ambassador", day(1))]),
    ("ambassador", [*CHAMPION, mention(day(1), 0.49)], []),
    ("ambassador", [*so_many(5), review(day(1), 5)], []),
    ("ambassador", [*CHAMPION, review(day(1), 5), mention(day(2), 1)], [("ambassador", day(1))]),
    (
        "store_invitation",
        [bought(day(0), "o", "store"), did("Product Viewed", day(5))],
        [("store_invitation", day(8))],
    ),
    ("store_invitation", [bought(day(5), "o", "store"), visit(day(5))], []),
    ("store_invitation", [bought(day(0), "o", "web"), did("Product Viewed", day(5))], []),
    ("store_invitation", [bought(day(0), "o", "store"), did("Cart Viewed", day(5), "store")], []),
    (
        "store_invitation",
        [bought(day(0), "o", "store"), visit(day(5)), bought(day(8) - MICROSECOND, "p", "web")],
        [],
    ),
    (
        "store_invitation",
        [bought(day(0), "o", "store"), visit(day(5)), did("Cart Viewed", day(6), "app")],
        [("store_invitation", day(9))],
    ),
    (
        "go_direct",
        [bought(day(0), "o", "marketplace"), bought(day(1), "p", "partner")],
        [("go_direct", day(1))],
    ),
    ("go_direct", [bought(day(0), "o", "marketplace"), bought(day(1), "p", "web")], []),
    (
        "go_direct",
        [bought(day(n), f"o{n}", "partner") for n in range(4)],
        [("go_direct", day(1))],
    ),
    ("rest", [delivered(day(n)) for n in range(6)], [("rest", day(5))]),
    ("rest", [delivered(day(n)) for n in range(5)], []),
    ("rest", [*(delivered(day(n)) for n in range(5)), visit(day(4)), delivered(day(5))], []),
    ("rest", [visit(day(0)), *(delivered(day(n)) for n in range(6))], []),
    ("tidy_up", [visit(day(0))], [("tidy_up", day(730))]),
    ("tidy_up", [visit(day(0)), visit(day(100))], [("tidy_up", day(830))]),
    ("tidy_up", [visit(day(0)), delivered(day(100))], [("tidy_up", day(730))]),
    ("tidy_up", [identified(day(0), city="Berlin")], [("tidy_up", day(730))]),
]


@pytest.mark.parametrize(("rule", "messages", "expected"), RULES)
def test_a_rule_asks_for_this_at_these_instants(
    rule: str, messages: list[Json], expected: list[tuple[str, datetime]]
) -> None:
    """By the numbers of the default policy, to the end of the third year."""
    assert templates(lived(messages, day(1000), only(rule)), rule) == expected


@pytest.mark.parametrize(
    ("rule", "messages", "expected"), [row for row in RULES if row[2] and row[2][-1][1] > day(0)]
)
def test_a_microsecond_earlier_it_does_not(
    rule: str, messages: list[Json], expected: list[tuple[str, datetime]]
) -> None:
    """What the clock sets off, a microsecond before its last instant."""
    until = expected[-1][1] - MICROSECOND
    early = [each for each in messages if datetime.fromisoformat(each["timestamp"]) <= until]

    assert templates(lived(early, until, only(rule)), rule) == expected[:-1]


BORN = [
    ("1980-05-17", None, datetime(2026, 5, 16, 22, tzinfo=UTC)),
    ("1980-05-17", "America/New_York", datetime(2026, 5, 17, 4, tzinfo=UTC)),
    ("1980-05-17", "Asia/Tokyo", datetime(2026, 5, 16, 15, tzinfo=UTC)),
    ("1980-05-17", "Nowhere/Land", datetime(2026, 5, 16, 22, tzinfo=UTC)),
    ("1980-02-29", None, datetime(2026, 2, 27, 23, tzinfo=UTC)),
    ("1980-02-30", None, None),
    ("17.05.1980", None, datetime(2026, 5, 16, 22, tzinfo=UTC)),
    ("31.02.1980", None, None),
]


@pytest.mark.parametrize(("born", "zone", "at"), BORN)
def test_a_regular_gets_a_card_when_their_birthday_begins(
    born: str, zone: str | None, at: datetime | None
) -> None:
    """In their own time zone, else the shop's; no date, no card."""
    traits = {"birthday": born} | ({} if zone is None else {"timezone": zone})
    messages = [*so_many(4), identified(day(1), **traits)]
    life = lived(messages, datetime(2026, 12, 31, tzinfo=UTC), only("regular_thanks"))

    assert templates(life, "regular_thanks")[1:] == ([("birthday", at)] if at else [])


def test_who_was_born_on_29_february_has_birthday_then_in_a_leap_year() -> None:
    """In 2028 on the 29th, in 2027 on the 28th."""
    often = [order(day(n * 60), f"o{n}") for n in range(-4, 16)]
    messages = sorted(
        [*often, identified(day(1), birthday="2000-02-29")], key=lambda each: str(each["timestamp"])
    )
    life = lived(messages, datetime(2028, 3, 15, tzinfo=UTC), only("regular_thanks"))

    cards = [at for template, at in templates(life, "regular_thanks") if template == "birthday"]
    assert cards == [
        datetime(2026, 2, 27, 23, tzinfo=UTC),
        datetime(2027, 2, 27, 23, tzinfo=UTC),
        datetime(2028, 2, 28, 23, tzinfo=UTC),
    ]


def test_an_occasional_customer_has_no_birthday_here() -> None:
    """The card is for regulars and VIPs."""
    messages = [*so_many(3), identified(day(1), birthday="1980-05-17")]

    assert lived(messages, day(300), only("regular_thanks")).fired() == []


@pytest.mark.parametrize(("total", "channel"), [(10.0, "email"), (60.0, None)])
def test_an_occasional_customer_is_pushed_after_one_and_a_half_usual_gaps(
    total: float, channel: str | None
) -> None:
    """Tier C by e-mail only, the others by any means: the campaign tool chooses."""
    life = lived(orders(day(0), day(20), total=total), day(300), only("occasional_push"))

    trigger = life.asked("occasional_push")
    assert trigger.effective_at == day(50)
    assert trigger.action.channel == channel
    assert trigger.reason == "Usually orders every 20 days, but has not for 30 days."


@pytest.mark.parametrize("hours", [0, 1, 24, 111])
def test_two_orders_in_a_row_are_no_rhythm(hours: int) -> None:
    """They may be one purchase in parts: nobody gets a discount code before the parcel came."""
    last = day(0) + timedelta(hours=hours)
    life = lived(orders(day(0), last), day(300), only("occasional_push"))

    trigger = life.asked("occasional_push")
    assert trigger.effective_at == last + timedelta(days=7)
    often = {111: "4 days", 24: "1 day"}.get(hours, "few days")
    assert trigger.reason == f"Usually orders every {often}, but has not for 7 days."


CASES = [
    (complaint(day(0)), "filed a complaint"),
    (review(day(0), 2), "wrote a bad review"),
    (survey(day(0), "nps", 6), "gave a bad score in a survey"),
    (survey(day(0), "csat", 2), "gave a bad score in a survey"),
    (mention(day(0), -0.5), "spoke badly of the shop in public"),
]


@pytest.mark.parametrize(("opened", "words"), CASES)
def test_each_kind_of_case_asks_for_service_recovery(opened: Json, words: str) -> None:
    """In person, before anything else, and with what was the matter."""
    trigger = lived([opened], book=only("service_recovery")).asked("service_recovery")

    assert (trigger.action.kind, trigger.action.template) == (
        ActionKind.PERSONAL_CONTACT,
        "service_recovery",
    )
    assert trigger.action.priority == "highest"
    assert trigger.reason == (
        f"Disappointed ({words}): answer in person before any promotion goes out."
    )


@pytest.mark.parametrize(
    ("days", "template"),
    [(89, "service_recovery_in_charge"), (90, "service_recovery")],
)
def test_the_second_disappointment_within_90_days_is_for_somebody_in_charge(
    days: int, template: str
) -> None:
    """Exactly 90 days later it is one like any other."""
    messages = [complaint(day(0)), resolution(day(1)), review(day(days), 1)]
    life = lived(messages, book=only("service_recovery"))

    assert templates(life, "service_recovery") == [
        ("service_recovery", day(0)),
        (template, day(days)),
    ]


def test_feedback_on_a_late_order_is_asked_for_on_its_arrival() -> None:
    """The order of day 0 is processed on day 20; one of day 7 is due on day 21."""
    late = lived([visit(day(20)), order(day(0), "o")], day(60), only("feedback_request"))
    in_time = lived([visit(day(20)), order(day(7), "o")], day(60), only("feedback_request"))

    assert late.fired() == [("feedback_request", day(20))]
    assert in_time.fired() == [("feedback_request", day(21))]


def test_feedback_is_not_asked_of_who_rests() -> None:
    """After six attempts without an answer."""
    messages = [*orders(day(0)), *(delivered(day(n)) for n in range(1, 7))]

    assert lived(messages, day(20), only("feedback_request", "rest")).fired() == [("rest", day(6))]
