"""History is silent, however it comes: in whatever batches, and however the clock goes on."""

from datetime import datetime, timedelta

import pytest

from tests.topology.agents.arriving import A_SECOND, SETTLING, TODAY, Arriving, ago, at_of
from tests.topology.agents.identities import anonymous, identify
from tests.topology.domain.life import lived
from tests.topology.domain.messages import Json, bought, complaint, order, review, visit
from tests.topology.domain.policies import changed, rule
from topology.domain.advance import advance
from topology.domain.history.instant import from_datetime
from topology.domain.steps.situation import AGE, HISTORY, QUIET
from topology.domain.steps.step import Step

FOUR = [order(ago(300 - n * 33), f"o{n}", 20.0) for n in range(4)]
"""Four orders of long ago: at risk for a good while."""


@pytest.mark.parametrize("cut", range(5))
def test_a_clock_between_two_records_of_an_import_sends_nothing(cut: int) -> None:
    """Whichever of them came four seconds later than the others."""
    arriving = Arriving()
    arriving.wait(A_SECOND)
    arriving.take(FOUR[:cut])
    for _ in range(4):
        arriving.wait(A_SECOND)
    arriving.take(FOUR[cut:])
    arriving.wait(A_SECOND)
    arriving.settle()

    assert arriving.triggers() == []
    whole = lived(FOUR, arriving.now)
    assert arriving.row().segment == whole.row.segment == "at_risk"
    assert [each["to"] for each in arriving.transitions()] == [
        each.to_value for each in whole.transitions
    ]


def test_old_orders_of_a_known_customer_send_nothing() -> None:
    """A page view today, then five orders of this year: no second purchase is asked for."""
    arriving = Arriving()
    arriving.take([visit(ago(0))])
    arriving.wait(A_SECOND)
    for n in range(5):
        arriving.take([order(ago(330 - 40 * n), f"old{n}", 90.0)])
        arriving.wait(A_SECOND)
    arriving.settle()
    arriving.wait(timedelta(days=1))

    assert arriving.triggers() == []
    assert arriving.row().scores.orders_total == 5


def test_a_segment_that_history_led_to_counts_as_entered_now() -> None:
    """Nobody knows when it was: by the clock, perhaps, and perhaps just now."""
    arriving = Arriving()
    arriving.take([visit(ago(0))])
    arriving.take(FOUR)
    win_back = arriving.paused().memory.last_fired("win_back")

    assert arriving.row().segment == "at_risk"
    assert win_back is not None
    assert win_back.at == from_datetime(ago(0))


def test_a_rule_that_fired_of_late_did_not_fire_longer_ago_because_of_history() -> None:
    """Its cooldown goes on from then; the old complaint counts beside it."""
    book = changed(
        max_age="7 days",
        rules=[rule("sorry", {"complaint": "filed"}, promotional=False, cooldown="1 hour")],
    )
    arriving = Arriving(book)
    arriving.take([complaint(ago(0))])
    arriving.wait(timedelta(hours=2))
    arriving.take([complaint(ago(20))])
    sorry = arriving.paused().memory.last_fired("sorry")

    assert sorry is not None
    assert (sorry.at, sorry.times) == (from_datetime(ago(0)), 2)


def test_while_history_comes_in_the_row_says_how_the_customer_stands_now() -> None:
    """Its transitions and triggers wait; who looks need not."""
    arriving = Arriving()
    arriving.take(FOUR)
    row, later = arriving.row(), lived(FOUR, TODAY).row

    assert (row.segment, row.stage, row.tier, row.care) == (
        later.segment,
        later.stage,
        later.tier,
        later.care,
    )
    assert (row.as_of, row.scores) == (from_datetime(TODAY), later.scores)
    assert row.settles_at == from_datetime(TODAY + SETTLING)
    assert arriving.paused().as_of == from_datetime(at_of(FOUR[-1]))
    assert arriving.transitions()[-1]["to"] == "regular"
    arriving.settle()
    assert arriving.row().settles_at is None
    assert arriving.row().paused is None


def test_each_old_event_gives_the_rest_another_quarter_of_an_hour() -> None:
    arriving = Arriving()
    for message in FOUR:
        arriving.take([message])
        arriving.wait(SETTLING - A_SECOND)
        assert arriving.row().settles_at == arriving.now + 1_000_000
    arriving.wait(A_SECOND)

    assert arriving.row().settles_at is None


def test_what_fell_due_within_the_age_is_sent_once_it_is_settled() -> None:
    """The last order was 93 days ago: at risk since three days, and nobody knew."""
    messages = [order(ago(93 + 20 * n), f"o{n}") for n in range(5, -1, -1)]
    arriving = Arriving(changed(max_age="7 days", frequency_caps=()))
    for message in messages:
        arriving.take([message])
        arriving.wait(A_SECOND)
    assert arriving.triggers() == []
    arriving.settle()

    [trigger] = arriving.triggers()
    assert trigger["rule"] == "win_back"
    assert trigger["effective_at"] == ago(3).isoformat().replace("+00:00", "Z")


def test_a_complaint_of_now_is_answered_while_history_comes_in() -> None:
    """But nothing promotional is sent, which half a history might have set off."""
    arriving = Arriving(changed(max_age="7 days", frequency_caps=()))
    arriving.take(FOUR[:1])
    arriving.wait(A_SECOND)
    now = TODAY + A_SECOND
    arriving.take([complaint(now), *(order(now, f"n{n}", 99.0) for n in range(6))])
    arriving.settle()

    assert {each["rule"] for each in arriving.triggers()} == {"service_recovery"}
    assert HISTORY in {each.reason for each in arriving.row().memory.held}


def test_a_complaint_of_long_ago_is_not_answered() -> None:
    arriving = Arriving()
    arriving.take([visit(ago(0))])
    arriving.take([complaint(ago(20))])
    arriving.settle()

    assert arriving.triggers() == []
    assert arriving.row().care == "complaint_open"
    [fired] = arriving.row().memory.fired
    assert (fired.rule, fired.at) == ("service_recovery", from_datetime(ago(20)))
    assert [each.reason for each in arriving.row().memory.held] == [AGE]


LAST_WEEK = [order(ago(5 + n / 4), f"w{n}", 20.0) for n in range(3, -1, -1)]


def test_an_import_that_is_marked_sends_nothing_of_last_week_either() -> None:
    """Four orders made a regular five days ago, who is thanked unless somebody says otherwise."""
    loud, quiet = Arriving(), Arriving()
    loud.take(LAST_WEEK)
    quiet.take(LAST_WEEK, quiet=True)
    for each in (loud, quiet):
        each.wait(A_SECOND)
        each.settle()

    assert loud.row().segment == quiet.row().segment
    assert quiet.triggers() == []
    assert QUIET in {each.reason for each in quiet.row().memory.held}
    assert "regular_thanks" in {each["rule"] for each in loud.triggers()}
    for _ in range(100):
        quiet.wait(timedelta(days=1))
    assert "win_back" in {each["rule"] for each in quiet.triggers()}, "life goes on"


def test_what_the_clock_finds_after_a_quiet_import_is_quiet_up_to_the_import() -> None:
    """At risk since three days: an import without the header sends it."""
    messages = [order(ago(93 + 20 * n), f"o{n}") for n in range(5, -1, -1)]
    arriving = Arriving(changed(max_age="7 days", frequency_caps=()))
    arriving.take(messages, quiet=True)
    arriving.settle()

    assert arriving.triggers() == []
    assert arriving.row().quiet_until is None


def test_a_restart_with_another_policy_sends_nothing_while_history_comes_in() -> None:
    arriving = Arriving()
    arriving.take(FOUR)
    arriving.wait(A_SECOND)
    arriving.restart(changed(max_age="7 days", window="200 days"))
    arriving.wait(A_SECOND)
    assert arriving.row().settles_at is not None
    arriving.settle()

    assert arriving.triggers() == []
    assert arriving.row().policy_version == arriving.book.version
    last = arriving.transitions()[-1]
    assert (last["cause"], last["effective_at"][:10]) == ("clock", f"{ago(34):%Y-%m-%d}")


def test_a_promotion_of_long_ago_does_not_make_room_for_one_of_today() -> None:
    """One within seven days: there was one today, and history tells of another, weeks ago."""
    rules = [
        rule("today", {"review_at_least": 5}, cooldown="1 minute"),
        rule("once", {"order_over": ["store"], "nth": 1}),
    ]
    caps = [{"at_most": 1, "within": "7 days"}]
    arriving = Arriving(changed(max_age="7 days", rules=rules, frequency_caps=caps))
    arriving.take([review(ago(0), 5)])
    arriving.take([bought(ago(20), "old", "store")])
    arriving.settle()
    arriving.take([review(TODAY + SETTLING, 5)])

    assert [each["rule"] for each in arriving.triggers()] == ["today"]
    assert [each.rule for each in arriving.row().memory.holds] == ["today"]
    assert arriving.row().memory.promoted == tuple(map(from_datetime, (ago(20), ago(0))))


def test_a_history_in_no_order_sends_nothing_that_was_due_before_it_was_whole() -> None:
    """At risk since three days, as in the test above; but nobody can tell what had fired."""
    messages = [order(ago(93 + 20 * n), f"o{n}") for n in range(6)]
    arriving = Arriving(changed(max_age="7 days", frequency_caps=()))
    arriving.take(messages)
    arriving.settle()

    assert arriving.row().segment == "at_risk"
    assert arriving.triggers() == []
    assert HISTORY in {each.reason for each in arriving.row().memory.held}


def test_the_clock_alone_does_not_move_a_row_that_settles() -> None:
    """Whoever asks for it."""
    arriving = Arriving()
    arriving.take(FOUR)
    paused = arriving.paused()
    soon, settled = arriving.now + 1, from_datetime(TODAY + SETTLING)

    assert advance(paused, None, soon, arriving.book, soon) == Step(paused, settled)
    assert advance(paused, None, settled, arriving.book, settled).state != paused


def of_a_device(message: Json) -> Json:
    """The same by somebody who has not said who they are."""
    return {k: v for k, v in message.items() if k != "userId"} | {"anonymousId": "device"}


def who(at: datetime) -> Json:
    """The device is somebody's."""
    names = {"userId": "c", "anonymousId": "device"}
    return {"type": "identify", "messageId": "who", "timestamp": at.isoformat()} | names


def test_a_history_of_two_names_sends_nothing_that_was_due_before_they_were_one() -> None:
    """At risk since three days; but nobody can tell what had fired for whom."""
    messages = [order(ago(93 + 20 * n), f"o{n}") for n in range(5, -1, -1)]
    arriving = Arriving(changed(max_age="7 days", frequency_caps=()))
    arriving.take([of_a_device(each) for each in messages])
    arriving.take([who(ago(92))])
    arriving.settle()

    assert arriving.row().segment == "at_risk"
    assert arriving.triggers() == []


def test_what_half_a_person_began_to_wait_for_is_over_with_a_join() -> None:
    """The second praise waits for a cap that is reached for three more weeks."""
    rules = [rule("praise", {"review_at_least": 5}, cooldown="1 minute")]
    caps = [{"at_most": 1, "within": "30 days"}]
    arriving = Arriving(changed(max_age="7 days", rules=rules, frequency_caps=caps))
    arriving.take([of_a_device(review(ago(days), 5)) for days in (9, 8)])
    assert [each.rule for each in arriving.paused(b"device").memory.holds] == ["praise"]
    arriving.take([who(ago(7.5))])
    arriving.settle()
    arriving.wait(timedelta(days=25))

    assert arriving.row().memory.holds == ()
    assert arriving.triggers() == []


@pytest.mark.parametrize("quiet", [True, False])
def test_what_is_marked_stays_so_under_another_name(*, quiet: bool) -> None:
    """A record of the anonymous name goes along to the user's row, and its header with it."""
    arriving = Arriving()
    arriving.take([identify("anna", anonymousId="anon") | {"timestamp": ago(0).isoformat()}])
    arriving.take([anonymous(complaint(ago(0)), "anon")], quiet=quiet)

    row = arriving.row(b"anna")
    assert row.care == "complaint_open"
    assert [each["rule"] for each in arriving.triggers()] == ([] if quiet else ["service_recovery"])
    assert [each.reason for each in row.memory.held] == ([QUIET] if quiet else [])
    assert (row.settles_at is not None) is quiet
