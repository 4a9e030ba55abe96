"""`held` says only of a rule that it is held if it is: by the oracle, for any story."""

from datetime import datetime, timedelta

from hypothesis import given

from schemas.policy import load_default_policy
from tests.oracle import ReceivedMessage, run_policy
from tests.topology.domain.against_oracle import lives_of
from tests.topology.domain.life import lived
from tests.topology.domain.messages import Json, day, event_from, order, review
from tests.topology.domain.test_against_the_oracle import in_order, received_until, whole
from tests.topology.domain.test_explain import explained
from topology.domain.advance import advance
from topology.domain.history.instant import from_datetime, to_datetime
from topology.domain.policy.compile import compile_policy
from topology.domain.steps.promotion_gate import CAP, REASONS
from topology.domain.view.explain import explain

CHAMPION: list[Json] = [order(day(n), f"o-{n}", 40.0) for n in range(0, 30, 5)]
"""Six orders, the last on day 25: a regular since day 15, and a champion in the end."""


@whole
@given(received_until)
def test_a_rule_is_held_if_and_only_if_the_oracle_keeps_an_occasion_of_it(
    given_: tuple[list[ReceivedMessage], datetime],
) -> None:
    """And since when: of each customer of any story, at any time."""
    received, until = given_
    received = in_order(received)
    lives, verdict = lives_of(received, until), run_policy(received, until=until)
    for name, life in lives.items():
        held = {
            each.rule: each.held_since
            for each in explain(life.row, life.book, from_datetime(until))
            if each.state == "held"
        }
        assert held == verdict.customers[name].held


@whole
@given(received_until)
def test_who_is_not_held_names_nothing_that_holds_it(
    given_: tuple[list[ReceivedMessage], datetime],
) -> None:
    """Neither a reason nor a time; and it says what it waits for."""
    received, until = given_
    for life in lives_of(in_order(received), until).values():
        for each in explain(life.row, life.book, from_datetime(until)):
            is_held = each.state == "held"
            assert is_held or (each.held_by, each.held_since, each.held_until) == (None, None, None)
            assert ("waits for: " in each.because) == (not is_held)


def test_of_a_champion_those_wait_that_wait_and_no_others() -> None:
    """Thanks for the fourth order went out; the offer and the invitation came within 30 days."""
    life = lived([*CHAMPION, review(day(26), rating=5)], day(27))
    found = explained(life, day(27))
    held = {name for name, each in found.items() if each.state == "held"}

    assert held == {each.rule for each in life.row.memory.holds}
    assert 0 < len(held) < sum(each.promotional for each in found.values()) - 5
    assert {found[name].held_by for name in held} == {REASONS[CAP]}
    assert found["win_back"].because.startswith("It waits for: entering at_risk (now: champions; ")


def test_while_history_comes_in_every_rule_says_that_the_clock_waits() -> None:
    """The three days are over, and nobody can say yet that nothing newer is on its way."""
    book = compile_policy(load_default_policy())
    row = advance(None, event_from(order(day(0), "o")), from_datetime(day(9)), book).state
    assert row is not None
    found = {each.rule: each for each in explain(row, book, from_datetime(day(9)))}

    assert row.settles_at is not None
    until = to_datetime(row.settles_at).isoformat()
    for each in found.values():
        assert each.because.endswith(
            "The customer's history is still coming in: by the clock nothing is decided before "
            f"{until}."
        )


def test_silence_is_shown_as_days_and_how_many_of_them_have_passed() -> None:
    """Of the segment that the silence leads to, and of R."""
    life = lived(CHAMPION, day(48))
    found = explained(life, day(48))

    assert found["win_back"].cases[0].progress == (
        "now: champions; 90 days without an order, and 23 of them have passed"
    )
    assert found["win_back"].cases[1].progress == "now: champions"
    assert found["vip_relationship"].cases[1].progress == (
        "now: 5; 60 days without an order, and 23 of them have passed"
    )
    assert found["vip_relationship"].cases[0].progress == (
        "now: regular; vip takes monetary_score at least 4 (now: 2) and orders_in_window at least "
        "6 (now: 6)"
    )


def test_what_silence_leads_to_is_what_then_happens() -> None:
    """Without another order the customer enters it at that very instant."""
    life = lived(CHAMPION, day(48))
    life.wait_until(from_datetime(day(25) + timedelta(days=90)))

    assert life.path()[-1] == ("at_risk", day(25) + timedelta(days=90))
