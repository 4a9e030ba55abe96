"""A worker that starts with another policy than the one that made the rows."""

from datetime import datetime, timedelta

from schemas import topics
from tests.topology.agents.arriving import A_SECOND, TODAY, Arriving, ago
from tests.topology.agents.records import NOW, Shelf, records
from tests.topology.domain.life import BOOK
from tests.topology.domain.messages import day, order, orders, visit
from tests.topology.domain.policies import changed
from topology.agents.journey import Journey
from topology.batching.handler import BatchTime
from topology.domain.history.instant import from_datetime
from topology.domain.steps.situation import POLICY


def test_what_falls_due_while_no_worker_runs_is_not_lost_to_a_new_policy() -> None:
    """It takes effect where the partition's clock stood, and then the clock goes on from there."""
    shelf = Shelf()
    shelf.take(records(orders(day(0))))
    shelf.journey = Journey(changed(window="366 days"), 1, lambda: NOW)
    shelf.wakes = {key: shelf.journey.wake_at(key, row) for key, row in shelf.rows.items()}

    shelf.tick(day(40), before=day(15))

    sent = {each["rule"]: each["effective_at"] for each in shelf.sent(topics.TRIGGERS)}
    assert datetime.fromisoformat(sent["second_purchase"]) == day(21)
    assert datetime.fromisoformat(shelf.sent(topics.TRANSITIONS)[-1]["effective_at"]) == day(30)


def test_what_fell_due_while_no_worker_ran_is_not_lost_to_a_new_policy() -> None:
    """The policy takes effect where the clock stood, and then the clock goes on from there."""
    arriving = Arriving()
    arriving.take([order(ago(0) - timedelta(hours=1), "o", 20.0)])
    arriving.wait(timedelta(days=15))
    arriving.restart(changed(max_age="7 days", window="366 days"))
    arriving.wait(timedelta(days=8))

    sent = [(each["rule"], each["effective_at"][:10]) for each in arriving.triggers()]
    assert ("second_purchase", (ago(-21) - timedelta(hours=1)).date().isoformat()) in sent


def test_eleven_customers_who_are_moved_by_a_policy_get_nothing() -> None:
    """Steps of R from 60 to 45 days: a dozen fall at once, and nobody is written to."""
    arriving = Arriving()
    messages = [order(TODAY, f"o{n}-{who}", 20.0, f"c{who}") for who in range(11) for n in range(2)]
    arriving.take(messages)
    arriving.wait(timedelta(days=50))
    before = len(arriving.triggers())
    scores = BOOK.policy.scores.model_dump()
    scores["recency"]["steps"][1]["younger_than"] = "45 days"
    arriving.restart(changed(max_age="7 days", scores=scores))
    arriving.wait(A_SECOND)

    by_policy = [each for each in arriving.transitions() if each["cause"] == "policy"]
    assert [each["to"] for each in by_policy] == ["about_to_sleep"] * 11
    assert len(arriving.triggers()) == before
    rows = [arriving.row(f"c{who}".encode()) for who in range(11)]
    assert {each.memory.held[-1].reason for each in rows} == {POLICY}


def test_a_row_that_is_ahead_of_the_clock_takes_another_policy_where_it_stands() -> None:
    """In a replay events come long before the tick after them: the way to the next one is theirs.

    The policy does not jump over what falls due between two events.
    """
    shelf = Shelf()
    shelf.take(records(orders(day(0))))
    shelf.journey = Journey(changed(window="366 days"), 1, lambda: NOW)

    shelf.take(records([visit(day(40))]))

    sent = {each["rule"]: each["effective_at"] for each in shelf.sent(topics.TRIGGERS)}
    assert datetime.fromisoformat(sent["second_purchase"]) == day(21)
    assert {each["cause"] for each in shelf.sent(topics.TRANSITIONS)} == {"event", "clock"}


def test_before_the_first_instant_a_policy_takes_effect_where_rows_stand() -> None:
    """The worker was restarted before any tick: what is due until the first one is the clock's."""
    shelf = Shelf()
    shelf.take(records(orders(day(0))))
    shelf.journey = Journey(changed(window="366 days"), 1, lambda: NOW)
    shelf.wakes = {key: shelf.journey.wake_at(key, row) for key, row in shelf.rows.items()}

    shelf.tick(day(40), before=day(40))

    assert {each["cause"] for each in shelf.sent(topics.TRANSITIONS)} == {"event", "clock"}


def test_a_row_that_the_clock_has_not_caught_up_with_takes_a_policy_where_it_stands() -> None:
    """A newcomer's first event was 40 days before the clock, and nothing since then was decided."""
    shelf = Shelf()
    shelf.take(records(orders(day(0))), clock=day(40))
    shelf.journey = Journey(changed(window="366 days"), 1, lambda: NOW)

    began = BatchTime(from_datetime(day(41)), from_datetime(day(41)), from_datetime(day(40)))
    due = [*shelf.rows]
    shelf.keep(shelf.journey.on_due(shelf.rows, due, from_datetime(day(41)), began))

    sent = {each["rule"]: each["effective_at"] for each in shelf.sent(topics.TRIGGERS)}
    assert datetime.fromisoformat(sent["second_purchase"]) == day(21)
    assert {each["cause"] for each in shelf.sent(topics.TRANSITIONS)} == {"event", "clock"}
