"""Both policies of a trial decide as the oracle says, over any history and for any two policies."""

import copy
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import Policy
from services.trials.arrivals import in_order_of_arrival
from services.trials.outcome import Outcome
from services.trials.pairing import pair_triggers
from services.trials.side import Side, SideSettings
from tests.oracle import DEFAULT, ReceivedMessage, run_policy
from tests.oracle import Policy as OraclePolicy
from tests.services.trials.arriving import arrival_of, arriving
from tests.topology.domain.histories import bounded, histories
from tests.topology.domain.messages import Json
from topology.batching.record import Record
from topology.domain.history.instant import DAY, from_datetime
from topology.domain.policy.compile import compile_policy

Fired = tuple[str, str, str, str | None, str, datetime, datetime]


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """A policy that differs from the default one in scores, caps, rules and delays."""
    document = copy.deepcopy(dict(DEFAULT.document))
    steps = document["scores"]["recency"]["steps"]
    steps[1]["younger_than"] = draw(st.sampled_from(["45 days", "60 days", "75 days"]))
    steps[2]["younger_than"] = draw(st.sampled_from(["80 days", "90 days"]))
    document["frequency_caps"] = draw(
        st.sampled_from([document["frequency_caps"], [], [{"at_most": 1, "within": "60 days"}]])
    )
    document["rest_after"] = draw(st.sampled_from([2, 6]))
    kept = draw(st.sets(st.integers(0, len(document["rules"]) - 1), min_size=8))
    document["rules"] = [document["rules"][number] for number in sorted(kept)]
    for rule in document["rules"]:
        rule["cooldown"] = draw(st.sampled_from([rule["cooldown"], "10 days"]))
    return document


def without_alias(messages: list[Json]) -> list[Json]:
    """Several names of one person are not the oracle's subject."""
    return [each for each in messages if each["type"] != "alias"]


def of_trial(document: Any, records: Iterable[Record], until: datetime) -> Outcome:
    policy = Policy.model_validate(document)
    book = compile_policy(policy, sends_everything=True)
    side = Side(book, SideSettings("wall", "", None, 90 * DAY))
    side.run(in_order_of_arrival([records]), lambda _: None)
    return side.end(from_datetime(until))


def of_oracle(document: Any, received: Iterable[ReceivedMessage], until: datetime) -> list[Fired]:
    verdict = run_policy(received, until=until, policy=OraclePolicy(document))
    return sorted(
        (
            each.customer,
            each.rule,
            each.kind,
            each.template,
            each.priority,
            each.at,
            each.not_before or each.at,
        )
        for each in verdict.triggers
    )


def fired(outcome: Outcome) -> list[Fired]:
    epoch = datetime.fromisoformat("1970-01-01T00:00:00Z")
    return sorted(
        (
            each.customer,
            each.rule,
            each.action.kind,
            each.action.template or None,
            each.action.priority,
            epoch + timedelta(microseconds=each.at),
            epoch + timedelta(microseconds=each.sent_at),
        )
        for each in outcome.triggers
    )


delays = st.sampled_from([timedelta(0)] * 3 + [timedelta(hours=5), timedelta(days=20)])


@bounded
@given(
    histories("a").map(without_alias),
    histories("b", max_size=6).map(without_alias),
    st.lists(delays, min_size=60, max_size=60),
    st.tuples(documents(), documents()),
    st.integers(0, 300).map(lambda days: timedelta(days=days)),
)
def test_a_trial_gives_the_triggers_that_the_oracle_says(
    one: list[Json],
    other: list[Json],
    late: list[timedelta],
    both: tuple[Any, Any],
    rest: timedelta,
) -> None:
    messages = [*one, *other]
    if not messages:
        return
    records = sorted(arriving(messages, late), key=lambda each: each.timestamp)
    arrivals = [
        (arrival_of(message, late[number] if number < len(late) else timedelta(0)), number, message)
        for number, message in enumerate(messages)
    ]
    arrivals.sort(key=lambda each: each[:2])
    received = [
        ReceivedMessage(message, processed_at=at.replace(microsecond=0))
        for at, _, message in arrivals
    ]
    until = arrivals[-1][0].replace(microsecond=0) + timedelta(seconds=1) + rest
    outcomes = [of_trial(document, records, until) for document in both]
    expected = [of_oracle(document, received, until) for document in both]
    for outcome, triggers in zip(outcomes, expected, strict=True):
        assert fired(outcome) == triggers
    assert_same_difference(outcomes, expected)


def assert_same_difference(outcomes: list[Outcome], expected: list[list[Fired]]) -> None:
    """Each customer and rule has more triggers under a policy as the oracle says."""
    pairs = pair_triggers(outcomes[0].triggers, outcomes[1].triggers, since=0)
    for place, kind in enumerate(("only_old", "only_new")):
        more = [pair for pair in pairs if pair.difference == kind]
        own, others = expected[place], expected[1 - place]
        names = {each[:2] for each in own}
        surplus = {
            name: sum(each[:2] == name for each in own) - sum(each[:2] == name for each in others)
            for name in names
        }
        assert len(more) == sum(max(0, count) for count in surplus.values())
