"""The suppression list: who is on it gets no promotion, whatever else holds."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.customer import Suppressed
from schemas.customer_export import ExportedSuppression
from schemas.messages import SOURCE_MESSAGE
from tests.topology.domain.life import BOOK as DEFAULT
from tests.topology.domain.life import Life, lived
from tests.topology.domain.messages import (
    Json,
    complaint,
    day,
    identified,
    order,
    orders,
    suppressed,
    unsuppressed,
)
from tests.topology.domain.policies import only
from topology.domain.history.instant import from_datetime
from topology.domain.history.person import NOBODY, Person
from topology.domain.history.record import decoder, encode
from topology.domain.history.state import State
from topology.domain.history.suppression import Suppression, is_suppressed, later_word
from topology.domain.steps.promotion_gate import REASONS, SUPPRESSED, held_by
from topology.domain.view.explain import explain
from topology.domain.view.records import records_of
from topology.domain.view.view import describe

BOOK = only("second_purchase")


def after(*words: Json) -> Life:
    """An order on day 0, this, and then 60 days."""
    return lived([*orders(day(0)), *words], day(60), BOOK)


@pytest.mark.parametrize(
    ("words", "goes_out"),
    [
        ([], True),
        ([suppressed(day(1))], False),
        ([suppressed(day(-1))], False),
        ([suppressed(day(1)), unsuppressed(day(2))], True),
        ([unsuppressed(day(2)), suppressed(day(1))], True),
        ([unsuppressed(day(1)), suppressed(day(2))], False),
        ([suppressed(day(2)), unsuppressed(day(1))], False),
        ([suppressed(day(1)), unsuppressed(day(1))], False),
        ([unsuppressed(day(1)), suppressed(day(1))], False),
        ([unsuppressed(day(1))], True),
        ([suppressed(day(1)), identified(day(2), consent=True)], False),
        ([suppressed(day(1)), suppressed(day(3)), unsuppressed(day(2))], False),
    ],
)
def test_the_latest_word_counts_in_whatever_order_it_comes(
    words: list[Json], *, goes_out: bool
) -> None:
    """At one time it suppresses, and a consent does not lift it."""
    assert bool(after(*words).fired()) is goes_out


def test_what_was_held_is_decided_afresh_when_it_is_lifted() -> None:
    """At that very instant; and it says what had held it."""
    held, lifted = after(suppressed(day(1))), after(suppressed(day(1)), unsuppressed(day(50)))

    assert held.fired() == []
    assert [(each.rule, each.reason) for each in held.row.memory.held] == [
        ("second_purchase", SUPPRESSED)
    ]
    assert lifted.fired() == [("second_purchase", day(50))]


def test_it_is_the_first_reason_that_is_given() -> None:
    """It outlasts the others."""
    row = after(suppressed(day(1)), complaint(day(59))).row

    assert held_by(row, BOOK) == SUPPRESSED


def test_why_says_that_the_customer_is_on_the_list() -> None:
    """In words, and as what holds it."""
    [why] = explain(after(suppressed(day(1))).row, BOOK, from_datetime(day(60)))

    assert (why.state, why.held_by) == ("held", REASONS[SUPPRESSED])
    assert why.because.startswith("The customer is on the suppression list: no promotion")


def test_service_is_not_held() -> None:
    """Who complains is answered."""
    messages = [suppressed(day(0)), complaint(day(1))]

    assert [name for name, _ in lived(messages, day(2)).fired()] == ["service_recovery"]


def test_somebody_whom_nobody_knows_may_be_on_the_list() -> None:
    """A prospect who was never met; the first order brings no promotion."""
    life = lived([suppressed(day(0))], day(30))

    assert (life.row.stage, life.triggers, life.transitions) == ("prospect", [], [])
    assert life.row.history.contacts == b""
    assert life.row.history.acted_at is None
    life = lived([suppressed(day(0)), order(day(1), "o")], day(200))
    assert [each for each in life.triggers if DEFAULT_PROMOTIONAL[each.rule]] == []
    assert life.row.memory.held_count > 0


DEFAULT_PROMOTIONAL = {rule.name: rule.promotional for rule in DEFAULT.rules}


def test_the_customer_shows_since_when_and_why() -> None:
    """While they are on the list. The records show the latest word whatever it is."""
    on = after(suppressed(day(1), reason="by letter")).row
    off = after(suppressed(day(1)), unsuppressed(day(2), reason="")).row

    assert viewed(on) == Suppressed(since=day(1), reason="by letter")
    assert viewed(off) is None
    assert records_of(on).suppression == ExportedSuppression(
        at=day(1), suppressed=True, reason="by letter"
    )
    assert records_of(off).suppression == ExportedSuppression(
        at=day(2), suppressed=False, reason=None
    )


def viewed(row: State) -> Suppressed | None:
    return describe("c", row, BOOK, row.as_of).suppressed


@pytest.mark.parametrize(
    ("properties", "wrong"),
    [
        ({"reason": "x" * 201}, "properties.reason: String should have at most 200 characters"),
        ({"reason": ["letter"]}, "properties.reason: Input should be a valid string"),
        ({"purpose": "sms"}, "properties.purpose: Input should be 'all'"),
    ],
)
def test_a_word_that_can_not_be_kept_is_refused(properties: dict[str, Any], wrong: str) -> None:
    """By the contract; a reading passes it over before, so that no opt-out is lost."""
    with pytest.raises(ValidationError) as raised:
        SOURCE_MESSAGE.validate_json(json.dumps(suppressed(day(0)) | {"properties": properties}))

    [fault] = raised.value.errors()
    assert f"{'.'.join(map(str, fault['loc'][2:]))}: {fault['msg']}" == wrong


words = st.none() | st.builds(
    Suppression, st.integers(0, 3), st.booleans(), st.sampled_from([None, "letter", "bounce"])
)


@given(words, words, words)
def test_the_order_of_words_does_not_matter(
    one: Suppression | None, other: Suppression | None, third: Suppression | None
) -> None:
    """Nor how they were spread over the rows of a person; and a word said twice is one."""
    assert later_word(one, other) == later_word(other, one)
    assert later_word(later_word(one, other), third) == later_word(one, later_word(other, third))
    assert later_word(one, one) == one
    words = [each for each in (one, other, third) if each is not None]
    latest = [each for each in words if each.at == max(word.at for word in words)]
    on = any(not each.lifted for each in latest)
    assert is_suppressed(later_word(later_word(one, other), third)) is on


def test_the_row_of_somebody_of_whom_nothing_is_known_says_so_in_a_byte() -> None:
    """Also after words that tell nothing. And a person without a word on suppression is read."""
    row = lived([*orders(day(0)), identified(day(1), hobbies=["sailing"])]).row
    before = encode(msgspec.msgpack.decode(encode(NOBODY))[:-1])

    assert row.history.known_person is None
    assert encode(row.history).endswith(encode(None))
    assert row.history.person == NOBODY
    assert decoder(Person)(before) == NOBODY
