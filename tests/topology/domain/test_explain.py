"""Why each rule did or did not fire, by the facts."""

from datetime import datetime

from hypothesis import given

from schemas.customer import RuleExplanation
from tests.topology.domain.histories import arrivals, bounded
from tests.topology.domain.life import BOOK, Life, lived
from tests.topology.domain.messages import Json, complaint, day, order, orders
from tests.topology.domain.policies import rule, with_rules
from topology.domain.explain import explain
from topology.domain.instant import from_datetime


def explained(life: Life, at: datetime) -> dict[str, RuleExplanation]:
    """The explanation of each rule, by its name."""
    return {each.rule: each for each in explain(life.row, life.book, from_datetime(at))}


def test_every_rule_of_the_policy_is_explained_in_its_order() -> None:
    """Whether it fired or not."""
    found = explained(lived(orders(day(0))), day(0))

    assert list(found) == [each.name for each in BOOK.rules]
    assert [name for name, each in found.items() if not each.promotional] == ["service_recovery"]


def test_a_delay_that_runs_is_waiting_for_its_end() -> None:
    """One order so far: due 21 days after it."""
    found = explained(lived(orders(day(0))), day(3))["second_purchase"]

    assert (found.state, found.next_at, found.fired) == ("waiting", day(21), None)
    assert found.because == (
        "It is due at 2026-01-22T12:00:00+00:00: 21 days after the first order "
        "(orders so far: 1), provided orders_total is at most 1 (now: 1)."
    )


def test_a_second_order_makes_the_delay_idle() -> None:
    """It says how many orders there are."""
    found = explained(lived(orders(day(0), day(1))), day(3))["second_purchase"]

    assert (found.state, found.next_at) == ("idle", None)
    assert found.because == (
        "It fires 21 days after the first order (orders so far: 2), "
        "provided orders_total is at most 1 (now: 2)."
    )


def test_a_rule_rests_until_its_cooldown_is_over() -> None:
    """Then it has fired, and could again."""
    life = lived(orders(day(0)), day(70))
    resting, fired = explained(life, day(89))["wake_up"], explained(life, day(90))["wake_up"]

    assert resting.state == "resting"
    assert resting.because == (
        "It fired at 2026-03-02T12:00:00+00:00 and rests until 2026-04-01T12:00:00+00:00."
    )
    assert resting.fired is not None
    assert resting.fired.cooldown_until == day(90)
    assert fired.state == "fired"
    assert fired.because == (
        "It fired at 2026-03-02T12:00:00+00:00; it fires again on entering about_to_sleep "
        "(now: about_to_sleep)."
    )


def test_promotions_are_held_while_a_complaint_is_open() -> None:
    """And what was held back last is told as long as it is remembered."""
    life = lived([*orders(day(0)), complaint(day(10))], day(22))
    during, after = explained(life, day(39)), explained(life, day(40))

    assert {name for name, each in during.items() if each.state == "held"} == {
        each.name for each in BOOK.rules if each.promotional
    }
    assert during["second_purchase"].because == (
        "A complaint or bad review is open: no promotion goes out now. "
        "It was last held back at 2026-01-22T12:00:00+00:00."
    )
    assert during["service_recovery"].state == "resting"
    assert after["second_purchase"].state == "idle"
    assert after["second_purchase"].because.endswith("held back at 2026-01-22T12:00:00+00:00.")


def test_an_idle_rule_says_what_it_waits_for_in_all_its_cases() -> None:
    """With the customer's own figures beside the bounds."""
    found = explained(lived([order(day(0), "a", 120.0)]), day(0))

    assert found["win_back"].because == (
        "It fires on entering at_risk (now: new); or on entering cant_lose (now: new)."
    )
    assert found["nurture"].because == (
        "It fires on entering loyal (now: new), provided monetary is at most 2 (now: 2)."
    )
    assert found["service_recovery"].because == (
        "It fires on a review of 2 or less; or when a complaint is filed."
    )
    assert {each.state for name, each in found.items() if name != "second_purchase"} == {"idle"}


def test_a_delay_without_conditions_waits_whatever_the_number_of_orders() -> None:
    """The policy says what a delay depends on, and this one depends on nothing."""
    book = with_rules([rule("hello", {"after_first_order": "40 days"})])
    life = lived(orders(day(0), day(1)), book=book)

    assert explained(life, day(2))["hello"].next_at == day(40)
    life.wait_until(from_datetime(day(40)))
    assert life.fired() == [("hello", day(40))]


@bounded
@given(arrivals)
def test_what_is_said_to_be_due_is_what_the_clock_then_does(told: list[Json]) -> None:
    """A rule that waits fires at its instant or is held then, unless it rests."""
    life = lived(told)
    waiting = [each for each in explain(life.row, BOOK, life.row.as_of) if each.next_at]
    for each in waiting:
        assert each.next_at is not None
        later = lived(told, each.next_at)
        held = [(old.rule, old.at) for old in later.row.memory.held]
        rests = each.fired is not None and each.next_at < each.fired.cooldown_until
        happened = (each.rule, each.next_at) in later.fired()
        assert rests or happened or (each.rule, from_datetime(each.next_at)) in held
