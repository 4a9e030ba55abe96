"""After six attempts without an answer the customer rests until they act."""

from tests.topology.domain.life import Life, lived
from tests.topology.domain.messages import (
    Json,
    day,
    delivered,
    event_from,
    orders,
    visit,
)
from tests.topology.domain.policies import only
from topology.domain.steps.promotion_gate import REST


def resting(*messages: Json) -> Life:
    """Six attempts without an answer, a first order before them, and more messages."""
    tries = [delivered(day(n)) for n in range(1, 7)]
    return lived(
        [*orders(day(0)), *tries, *messages], day(60), only("second_purchase", rest_after=6)
    )


def test_who_rests_is_left_alone_until_they_act() -> None:
    """Then a held promotion is decided again, at that very instant."""
    silent, back = resting(), resting(visit(day(50)))

    assert silent.fired() == []
    assert [(each.rule, each.reason) for each in silent.row.memory.held] == [
        ("second_purchase", REST)
    ]
    assert back.fired() == [("second_purchase", day(50))]


def test_an_act_before_the_attempts_ends_no_rest() -> None:
    """It comes late, and answers none of them."""
    life = resting()
    life.process(event_from(visit(day(0.5))))

    assert life.fired() == []
    assert len(life.row.history.attempts) == 6


def test_a_late_act_answers_the_attempts_before_it() -> None:
    """Three of the six: the others are not enough to rest."""
    life = resting()
    life.process(event_from(visit(day(3))))

    assert len(life.row.history.attempts) == 3
    assert life.fired() == [("second_purchase", day(60))]
