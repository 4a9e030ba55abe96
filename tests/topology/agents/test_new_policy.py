"""A worker that starts with another policy than the one that made the rows."""

from datetime import datetime

from schemas import topics
from tests.topology.agents.records import NOW, Shelf, records
from tests.topology.domain.messages import day, orders
from tests.topology.domain.policies import changed
from topology.agents.journey import Journey


def test_what_falls_due_while_no_worker_runs_is_not_lost_to_a_new_policy() -> None:
    """It takes effect where the partition's clock stood, and then the clock goes on from there."""
    shelf = Shelf()
    shelf.take(records(orders(day(0))))
    shelf.journey = Journey(changed(window="366 days"), 1, lambda: NOW)
    shelf.wakes = {key: shelf.journey.wake_at(key, row) for key, row in shelf.rows.items()}

    shelf.tick(day(40), before=day(15))

    [second_purchase] = shelf.sent(topics.TRIGGERS)
    assert second_purchase["rule"] == "second_purchase"
    assert datetime.fromisoformat(second_purchase["effective_at"]) == day(21)
    assert datetime.fromisoformat(shelf.sent(topics.TRANSITIONS)[-1]["effective_at"]) == day(30)
