"""Care: what opens a case, what closes it, and how long a customer recovers."""

import pytest

from tests.topology.domain.life import Life, lived
from tests.topology.domain.messages import (
    MICROSECOND,
    Json,
    complaint,
    day,
    delivered,
    did,
    event_from,
    mention,
    resolution,
    review,
    survey,
    visit,
)
from tests.topology.domain.policies import rule, with_rules

OPENING = [
    (complaint(day(0)), True),
    (review(day(0), 2), True),
    (review(day(0), 2.01), False),
    (survey(day(0), "nps", 6), True),
    (survey(day(0), "nps", 6.1), False),
    (survey(day(0), "csat", 2), True),
    (survey(day(0), "csat", 3), False),
    (mention(day(0), -0.5), True),
    (mention(day(0), -0.49), False),
    (did("Social Mentioned", day(0), network="x"), False),
    (did("Ticket Opened", day(0)), False),
]


@pytest.mark.parametrize(("messages", "opens"), OPENING)
def test_these_open_a_case(messages: Json, *, opens: bool) -> None:
    """At the bound of the policy, and just beside it."""
    assert lived([messages]).row.care == ("complaint_open" if opens else "calm")


OTHERS = [review(day(0), 1), survey(day(0), "nps", 0), mention(day(0), -1)]


@pytest.mark.parametrize("opened", [complaint(day(0)), *OTHERS])
def test_a_case_is_open_for_30_days_and_then_there_are_14_to_recover(opened: Json) -> None:
    """Exactly."""
    life = lived([opened], day(100))

    assert life.path("care") == [
        ("complaint_open", day(0)),
        ("recovering", day(30)),
        ("calm", day(44)),
    ]


def recovery_of(life: Life) -> str:
    """The id of the one trigger of service recovery."""
    return life.asked("service_recovery").trigger_id


@pytest.mark.parametrize("opened", OTHERS)
def test_a_delivered_answer_closes_what_is_no_complaint(opened: Json) -> None:
    """When it was delivered; a complaint needs its resolution."""
    life = lived([opened])
    life.process(event_from(delivered(day(2), recovery_of(life))))

    assert life.path("care")[-1] == ("recovering", day(2))


def test_a_delivered_answer_closes_no_complaint() -> None:
    """Whoever complained must learn that it is resolved."""
    life = lived([complaint(day(0))])
    life.process(event_from(delivered(day(2), recovery_of(life))))

    assert life.row.care == "complaint_open"


@pytest.mark.parametrize("opened", OTHERS)
def test_a_resolution_closes_no_other_case(opened: Json) -> None:
    """It is about complaints."""
    assert lived([opened, resolution(day(2))]).row.care == "complaint_open"


@pytest.mark.parametrize("trigger", ["elsewhere", "0" * 31 + "1", ""])
def test_an_unknown_trigger_closes_nothing(trigger: str) -> None:
    """Nor does one of another rule."""
    messages = [review(day(0), 1), delivered(day(1), trigger or "x")]

    assert lived(messages).row.care == "complaint_open"


def test_the_answer_to_an_earlier_case_closes_a_later_one_too() -> None:
    """It need not be this case's own: one talk is about all of it."""
    life = lived([review(day(0), 1), mention(day(1), -1)])
    life.process(event_from(delivered(day(2), recovery_of(life))))

    assert life.path("care") == [("complaint_open", day(0)), ("recovering", day(2))]


def test_an_answer_does_not_reach_into_the_future() -> None:
    """Delivered on day 2: a review of day 3 is a case of its own."""
    life = lived([review(day(0), 1)])
    life.process(event_from(delivered(day(2), recovery_of(life))))
    life.process(event_from(review(day(3), 1)))

    assert life.path("care")[-1] == ("complaint_open", day(3))


def test_an_answer_of_the_same_instant_closes_the_case() -> None:
    """At or after it."""
    life = lived([review(day(0), 1)])
    life.process(event_from(delivered(day(0), recovery_of(life))))

    assert life.path("care") == [("complaint_open", day(0)), ("recovering", day(0))]


def test_only_an_answer_to_an_open_case_closes_one() -> None:
    """A trigger that thanks for patience, while recovering, ends no later case."""
    thanks = rule("thanks", {"entering_care": ["recovering"]}, promotional=False)
    life = lived([complaint(day(0)), resolution(day(1))], book=with_rules([thanks]))
    life.process(event_from(review(day(2), 1)))
    life.process(event_from(delivered(day(3), life.asked("thanks").trigger_id)))

    assert life.row.care == "complaint_open"


def test_recovering_ends_exactly_after_14_days() -> None:
    """And not a moment earlier."""
    messages = [complaint(day(0)), resolution(day(1))]

    assert lived(messages, day(15) - MICROSECOND).row.care == "recovering"
    assert lived(messages, day(15)).row.care == "calm"


def test_who_is_disappointed_while_recovering_is_looked_after_again() -> None:
    """And recovers again."""
    messages = [complaint(day(0)), resolution(day(1)), complaint(day(5)), resolution(day(9))]

    assert lived(messages, day(100)).path("care")[1:] == [
        ("recovering", day(1)),
        ("complaint_open", day(5)),
        ("recovering", day(9)),
        ("calm", day(23)),
    ]


def test_a_resolution_without_a_complaint_changes_nothing() -> None:
    """Nor does a delivered answer that nobody asked for."""
    assert lived([resolution(day(0)), delivered(day(1))], day(50)).path("care") == []


def test_a_late_case_that_was_closed_long_ago_leaves_the_customer_recovering() -> None:
    """It ran out on day 30, and is processed on day 40."""
    life = lived([visit(day(40)), complaint(day(0))], day(60))

    assert life.path("care") == [("recovering", day(40)), ("calm", day(44))]
