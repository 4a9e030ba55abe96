"""Lives next to the oracle's verdict on them: both in the same words."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeAlias

from tests.oracle import (
    DEFAULT,
    DIMENSIONS,
    Outcome,
    Policy,
    ReceivedMessage,
    profile_of,
    run_policy,
    trigger_name,
    with_real_id,
)
from tests.topology.domain.life import BOOK, Life
from tests.topology.domain.messages import event_from
from topology.domain.history.instant import from_datetime
from topology.domain.policy.rulebook import Rulebook

Line: TypeAlias = tuple[Any, ...]
"""A transition or trigger, without what only one side knows."""


def lives_of(
    received: Iterable[ReceivedMessage], until: datetime, book: Rulebook = BOOK
) -> dict[str, Life]:
    """Let every customer live through all of it, and the clock go on where it had."""
    lives: dict[str, Life] = {}
    for each in received:
        life = lives.setdefault(profile_of(each.message), Life(book))
        if each.processed_at is not None and life.state is not None:
            life.wait_until(from_datetime(each.processed_at))
        message = with_real_id(each.message, dict(_ids(life)))
        life.process(event_from(dict(message), book.kept))
    for life in lives.values():
        life.wait_until(from_datetime(until))
    return lives


def _ids(life: Life) -> Iterator[tuple[str, str]]:
    """The real id of each trigger so far, by the oracle's name of it."""
    return ((trigger_name(each.rule, each.attempt), each.trigger_id) for each in life.triggers)


def assert_same_as_oracle(
    received: Iterable[ReceivedMessage],
    until: datetime,
    book: Rulebook = BOOK,
    policy: Policy = DEFAULT,
) -> None:
    """Every customer's standing, way and triggers are as the oracle has them."""
    received = list(received)
    lives, verdict = (
        lives_of(received, until, book),
        run_policy(received, until=until, policy=policy),
    )
    assert lives.keys() == verdict.customers.keys()
    for name, life in lives.items():
        assert_alike(life, verdict.customers[name])


def assert_alike(life: Life, outcome: Outcome) -> None:
    """One customer, in the order in which it happened, so the first difference is the cause."""
    assert [_move(each) for each in life.transitions] == [
        (
            each.sequence,
            each.dimension,
            each.before,
            each.after,
            each.at,
            each.cause,
            each.message_id,
        )
        for each in outcome.transitions
    ]
    assert [_deed(each) for each in life.triggers] == [
        (
            each.rule,
            each.attempt,
            each.kind,
            each.template,
            each.priority,
            each.at,
            each.not_before,
        )
        for each in outcome.triggers
    ]
    assert {name: getattr(life.row, name) for name in DIMENSIONS} == outcome.dimensions
    assert life.row.scores.revenue_in_window == outcome.totals.revenue_in_window
    assert {each.name: each.value for each in life.row.history.person.traits} == outcome.traits


def _move(each: Any) -> Line:
    return (
        each.sequence,
        each.dimension,
        each.from_value,
        each.to_value,
        each.effective_at,
        each.cause,
        each.cause_message_id,
    )


def _deed(each: Any) -> Line:
    return (
        each.rule,
        each.attempt,
        each.action.kind,
        each.action.template,
        each.action.priority,
        each.effective_at,
        each.not_before,
    )
