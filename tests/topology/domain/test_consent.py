"""Consent: what was agreed to, purpose by purpose, and promotion that waits for it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.customer import PurposeConsent
from schemas.messages.traits import KEPT_PURPOSES
from tests.example_counts import examples
from tests.oracle import DEFAULT, Policy, ReceivedMessage
from tests.oracle.stories import stories, untils
from tests.topology.domain.against_oracle import assert_same_as_oracle
from tests.topology.domain.histories import bounded
from tests.topology.domain.life import Life, lived
from tests.topology.domain.messages import Json, complaint, day, identified, orders
from tests.topology.domain.policies import changed, only
from topology.domain.history.consent import (
    DENIED,
    GRANTED,
    REVOKED,
    Consent,
    consents_to,
    merge_consent,
    with_consent,
)
from topology.domain.history.instant import from_datetime
from topology.domain.steps.promotion_gate import CONSENT, REASONS
from topology.domain.view.explain import explain
from topology.domain.view.view import describe

BOOK = only("second_purchase", promotion_needs_consent="mail")
NEEDS_MAIL = {"promotion_needs_consent": "mail"}
NONE: frozenset[str] = frozenset()


def consenting(*words: Any) -> Life:
    """What was said about consent on one day after the other, and an order on the first."""
    messages: list[Json] = [*orders(day(0))]
    messages += [identified(day(number), consent=word) for number, word in enumerate(words)]
    return lived(messages, day(60), BOOK)


@pytest.mark.parametrize(
    ("words", "goes_out"),
    [
        ([], False),
        ([True], True),
        (["granted"], True),
        ([{"mail": "GRANTED"}], True),
        ([{"mail": True, "ads": "DENIED"}], True),
        ([{"all": "GRANTED"}], True),
        ([{"ads": "GRANTED"}], False),
        ([{"Mail": "GRANTED"}], True),
        ([False], False),
        (["yes"], True),
        ([1], True),
        ([1.0], True),
        ([True, 0.0], False),
        ([True, 0.5], True),
        (["maybe"], False),
        ([True, "maybe", "", ["mail"], {"mail": "pending"}], True),
        ([False, "maybe"], False),
        ([{"mail": ["GRANTED"]}], False),
        ([True, {"mail": "REVOKED"}], False),
        ([{"mail": "GRANTED"}, False], False),
        ([{"mail": "REVOKED"}, True], True),
        ([True, {"ads": "DENIED"}], True),
        ([True, {"mail": None}], True),
        ([True, None], True),
        ([True, {}], True),
    ],
)
def test_promotion_goes_out_to_who_agreed_to_the_purpose(
    words: list[Any], *, goes_out: bool
) -> None:
    """The latest word counts, on this purpose or on all."""
    assert bool(consenting(*words).fired()) is goes_out


def test_a_policy_that_asks_for_no_consent_needs_none() -> None:
    """As all policies of the release before."""
    assert lived(orders(day(0)), day(60), only("second_purchase")).fired()


def test_what_waits_for_consent_goes_out_when_it_comes() -> None:
    """And no earlier: at that very instant."""
    messages = [*orders(day(0)), identified(day(50), consent={"mail": "GRANTED"})]
    before, after = lived(messages[:1], day(60), BOOK), lived(messages, day(60), BOOK)

    assert before.fired() == []
    assert [(each.rule, each.reason) for each in before.row.memory.held] == [
        ("second_purchase", CONSENT)
    ]
    assert after.fired() == [("second_purchase", day(50))]


def test_why_says_that_consent_is_missing() -> None:
    """In words, and as what holds it."""
    [why] = explain(lived(orders(day(0)), day(60), BOOK).row, BOOK, from_datetime(day(60)))

    assert (why.state, why.held_by) == ("held", REASONS[CONSENT])
    assert why.because.startswith("The customer has not agreed to promotion, or no longer does.")


def test_service_needs_no_consent() -> None:
    """Who complains is answered."""
    book = changed(promotion_needs_consent="mail")

    assert [name for name, _ in lived([complaint(day(0))], day(1), book).fired()] == [
        "service_recovery"
    ]


def test_the_customer_shows_each_purpose_with_its_time() -> None:
    """By the words of the contract, sorted by purpose."""
    messages = [
        *orders(day(0)),
        identified(day(1), consent={"mail": "GRANTED", "ads": "no"}),
        identified(day(2), consent={"mail": "revoked"}),
        identified(day(3), consent=True),
    ]
    row = lived(messages, day(4), BOOK).row

    assert describe("c", row, BOOK, row.as_of).consent == (
        PurposeConsent(purpose="ads", status="DENIED", at=day(1)),
        PurposeConsent(purpose="all", status="GRANTED", at=day(3)),
        PurposeConsent(purpose="mail", status="REVOKED", at=day(2)),
    )


words = st.builds(
    Consent, st.sampled_from(["mail", "ads", "all"]), st.integers(0, 3), st.integers(0, 2)
)


@given(st.lists(words, max_size=8), st.data())
def test_the_order_of_arrival_does_not_matter(consents: list[Consent], data: st.DataObject) -> None:
    """Nor how the words were spread over the rows of a person."""
    shuffled = data.draw(st.permutations(consents))
    cut = data.draw(st.integers(0, len(consents)))
    one, other, whole = (_processed(each) for each in (shuffled[:cut], shuffled[cut:], consents))

    assert merge_consent(one, other, NONE) == whole
    for purpose in ("mail", "ads", "sms"):
        about = [(each.at, each.status) for each in consents if each.purpose in (purpose, "all")]
        yes = bool(about) and max(about)[1] == GRANTED
        assert consents_to(whole, purpose) is yes


def _processed(consents: list[Consent]) -> tuple[Consent, ...]:
    known: tuple[Consent, ...] = ()
    for each in consents:
        known = merge_consent(known, (each,), NONE)
    return known


@pytest.mark.parametrize(
    ("word", "status"), [("GRANTED", GRANTED), ("Revoked", REVOKED), (0, DENIED)]
)
def test_a_purpose_of_any_name_is_kept(word: object, status: int) -> None:
    """Up to 64 characters; a longer one, and one without a name, is not."""
    messages = {"consent": {"ä" * 64: word, "x" * 65: word, "": word}}

    assert with_consent((), messages, 7, NONE) == (Consent("ä" * 64, 7, status),)


def test_of_too_many_purposes_the_latest_are_kept() -> None:
    """What is forgotten is no consent."""
    known: tuple[Consent, ...] = ()
    for at in range(KEPT_PURPOSES + 1):
        known = with_consent(known, {"consent": {f"p{at:02}": True}}, at, NONE)

    assert len(known) == KEPT_PURPOSES
    assert not consents_to(known, "p00")
    assert consents_to(known, "p01")


@pytest.mark.parametrize("words", [{"mail": "REVOKED"}, {"mail": True}, True, False])
def test_no_limit_drops_the_purpose_that_the_policy_asks_for(words: Any) -> None:
    """Nor what was said of all: else a no that is forgotten leaves an older yes."""
    others = [{f"p{n:02}": "DENIED"} for n in range(KEPT_PURPOSES + 5)]
    agreed = words not in ({"mail": "REVOKED"}, False)

    assert bool(consenting("GRANTED", words, *others).fired()) is agreed


def test_who_is_a_lead_is_what_the_customer_is_shown() -> None:
    """One truth: whatever else was said since, a purpose that is listed as granted makes a lead."""
    messages = [
        identified(day(0), consent={"ads": "GRANTED"}),
        identified(day(1), consent={"mail": "DENIED"}),
        *(identified(day(2), **{f"t{n}": n}) for n in range(60)),
    ]
    row = lived(messages, day(3), BOOK).row
    shown = describe("c", row, BOOK, row.as_of)

    assert row.stage == "lead"
    assert [(each.purpose, each.status) for each in shown.consent] == [
        ("ads", "GRANTED"),
        ("mail", "DENIED"),
    ]
    assert "consent" not in shown.traits


received_until = stories().flatmap(lambda messages: st.tuples(st.just(messages), untils(messages)))


@settings(bounded, max_examples=examples(30))
@given(received_until)
def test_stories_under_a_policy_that_needs_consent_are_decided_as_by_the_oracle(
    given_: tuple[list[ReceivedMessage], Any],
) -> None:
    """Late words, words on all and on one purpose, in any order."""
    messages, until = given_
    policy = Policy({**DEFAULT.document, **NEEDS_MAIL})

    assert_same_as_oracle(messages, until, changed(**NEEDS_MAIL), policy)
