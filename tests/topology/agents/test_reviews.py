"""Reviews of held triggers: released, dismissed or refused, and each at most once."""

import json
from datetime import timedelta
from typing import Any

import pytest

from schemas import topics
from tests.topology.agents.arriving import NOW, TODAY, Arriving, ago
from tests.topology.agents.reviewed import UNLIMITED, decisions, held_in, imported
from tests.topology.domain.messages import Json, cancellation, order, suppressed, unsuppressed
from tests.topology.domain.policies import changed, rule
from topology.domain.history.instant import HOUR, to_datetime


def test_a_held_trigger_says_what_would_have_been_sent() -> None:
    """Under the id that the trigger has."""
    arriving = imported()
    held = held_in(arriving)

    assert (held["customer_id"], held["rule"], held["reason"]) == ("c", "hello", "quiet")
    assert held["segment"] == "new"
    assert held["message"] == "Because of new."
    assert held["effective_at"] == ago(1).isoformat().replace("+00:00", "Z")
    assert held["occasion"]["counted_at"] == held["effective_at"]
    assert not arriving.triggers()
    [output] = [each for each in arriving.outputs if each.topic == topics.HELD]
    assert (output.key, output.partition) == (b"c", None)


def test_a_released_trigger_has_the_same_id_and_says_who_released_it() -> None:
    """It expires when it would have, too."""
    arriving = imported()
    held = held_in(arriving)
    arriving.review(held)

    [trigger] = arriving.triggers()
    assert (trigger["trigger_id"], trigger["released_by"]) == (held["trigger_id"], "ann")
    assert trigger["expires_at"] == held["expires_at"]
    assert (trigger["attempt"], trigger["transition"]) == (1, None)
    assert trigger["event"]["event"] == "segment new"
    assert trigger["created_at"] > held["effective_at"]
    assert decisions(arriving) == [("released", None)]


def test_a_command_that_comes_again_does_nothing() -> None:
    """However often, and also a dismissal afterwards."""
    arriving = imported()
    held = held_in(arriving)
    arriving.review(held)
    rows, count = dict(arriving.rows), len(arriving.outputs)
    for _ in range(3):
        arriving.review(held)
    arriving.review(held, dismisses=True)
    arriving.review(held, not_before=arriving.now + HOUR)

    assert (arriving.rows, len(arriving.outputs)) == (rows, count)


def test_a_dismissed_trigger_is_never_released() -> None:
    """Nor dismissed twice."""
    arriving = imported()
    held = held_in(arriving)
    arriving.review(held, dismisses=True)
    arriving.review(held)
    arriving.review(held, dismisses=True)

    assert decisions(arriving) == [("dismissed", None)]
    assert not arriving.triggers()


def test_a_release_is_refused_if_the_customer_is_elsewhere_by_now() -> None:
    """The order was taken back, so nobody is new."""
    arriving = imported()
    arriving.take([cancellation(to_datetime(arriving.now), "o-1")])
    arriving.review(held_in(arriving))

    assert decisions(arriving) == [("refused", "changed")]
    assert not arriving.triggers()


SINCE = [
    ({"after_order": "1 days"}, order, "changed"),
    ({"recency_falls_to": 4}, order, "changed"),
    ({"silent_for": "1 days"}, order, "changed"),
    ({"silent_for": "1 days"}, None, None),
    ({"after_order": "1 days"}, None, None),
    ({"after_first_order": "1 days"}, order, None),
]


@pytest.mark.parametrize(("when", "does", "refusal"), SINCE)
def test_a_release_about_a_silence_is_refused_after_its_end(
    when: Json, does: Any, refusal: str | None
) -> None:
    """Who has just ordered was not missed."""
    days = 45 if "recency_falls_to" in when else 3
    arriving = Arriving(changed(rules=[rule("quiet", when, expires_after="90 days")], **UNLIMITED))
    arriving.take([order(ago(days), "o-1")], quiet=True)
    arriving.settle()
    if does is not None:
        arriving.take([does(to_datetime(arriving.now), "o-2")])
    arriving.review(held_in(arriving))

    assert decisions(arriving)[0][1] == refusal


def test_a_refused_release_may_be_asked_for_again() -> None:
    """Once the customer is off the suppression list."""
    arriving = imported()
    held = held_in(arriving)
    arriving.take([suppressed(to_datetime(arriving.now))])
    arriving.review(held)
    arriving.wait(timedelta(hours=1))
    arriving.take([unsuppressed(to_datetime(arriving.now))])
    arriving.review(held)

    assert decisions(arriving) == [("refused", "suppressed"), ("released", None)]
    assert len(arriving.triggers()) == 1


def test_an_expired_trigger_is_not_released_and_leaves_the_row() -> None:
    """A review is remembered until then, and no longer."""
    arriving = imported()
    held = held_in(arriving)
    arriving.review(held)
    assert len(arriving.row().memory.reviews) == 1
    arriving.wait(timedelta(days=14))
    arriving.review(held)
    arriving.take([order(to_datetime(arriving.now), "o-2")])

    assert len(arriving.triggers()) == 1
    assert decisions(arriving)[:1] == [("released", None)]


def test_an_expired_trigger_is_refused() -> None:
    """It would be a stale one."""
    arriving = imported()
    arriving.wait(timedelta(days=14))
    arriving.review(held_in(arriving))

    assert decisions(arriving) == [("refused", "expired")]


def test_a_changed_policy_holds_what_it_sets_off() -> None:
    """It was not counted, so its release counts as the next one of its rule."""
    patient = rule("later", {"after_first_order": "30 days"}, cooldown="1 day")
    arriving = Arriving(changed(rules=[patient], **UNLIMITED))
    arriving.take([order(ago(0), "o-1")])
    arriving.wait(timedelta(days=20))
    patient["cases"][0]["when"] = {"after_first_order": "20 days"}
    arriving.restart(changed(rules=[patient], **UNLIMITED, window="366 days"))
    arriving.wait(timedelta(seconds=1))
    held = held_in(arriving)
    arriving.review(held)

    assert (held["reason"], held["occasion"]["counted_at"]) == ("policy", None)
    assert [each["trigger_id"] for each in arriving.triggers()] == [held["trigger_id"]]
    [fired] = arriving.row().memory.fired
    assert (fired.rule, fired.times) == ("later", 1)


def test_the_caps_count_what_was_released() -> None:
    """And what was held does not stand in its own way."""
    cap = [{"at_most": 1, "within": "7 days"}]
    arriving = imported(frequency_caps=cap)
    arriving.review(held_in(arriving))

    assert decisions(arriving) == [("released", None)]
    memory = arriving.row().memory
    assert memory.promoted == (arriving.row().as_of,)


def test_a_release_under_another_id_is_refused() -> None:
    """Whoever writes to the topic can't make up a trigger."""
    arriving = imported()
    arriving.review(held_in(arriving) | {"trigger_id": "0" * 32})

    assert not arriving.triggers()
    [letter] = [each for each in arriving.outputs if each.topic == topics.DEAD_LETTERS]
    assert letter.value


def test_a_review_that_is_no_json_is_refused() -> None:
    """It blocks nobody."""
    arriving = imported()
    arriving.review({"customer_id": "c"})

    assert [each.topic for each in arriving.outputs].count(topics.DEAD_LETTERS) == 1


def test_a_review_of_a_customer_without_a_row_is_dropped() -> None:
    """No record names somebody who was erased."""
    arriving = imported()
    held, count = held_in(arriving), len(arriving.outputs)
    del arriving.rows[b"c"]
    arriving.review(held)

    assert len(arriving.outputs) == count
    assert not arriving.rows


def test_the_record_is_the_contracts() -> None:
    """Field by field, in its order."""
    arriving = imported()
    arriving.review(held_in(arriving))
    for output in arriving.outputs:
        if output.topic == topics.HELD:
            assert list(json.loads(output.value or b"")) == FIELDS
    assert to_datetime(NOW) == TODAY


FIELDS = [
    *("trigger_id", "customer_id", "rule", "status", "reason", "segment", "action", "message"),
    *("effective_at", "held_at", "expires_at", "policy_version", "attempt", "occasion"),
    "decision",
]
