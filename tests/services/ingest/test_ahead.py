"""Over HTTP, too, a message that claims to be of tomorrow never wins over one of now."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import pytest

from services.api.routes.suppressions import suppression_record
from services.ingest.batch import batch_in
from services.ingest.validate import Arrival, Taken, validate
from tests.services.ingest.messages import Json
from tests.services.ingest.test_validate import VALIDATOR, wrapped
from tests.topology.agents.records import Shelf, record
from topology.domain.history.instant import from_datetime
from topology.domain.history.person import Person
from topology.domain.history.suppression import is_suppressed

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
AHEAD: Final = timedelta(hours=11)
NUMBERS: Final = count(1)


def answers(yes: bool, **more: Any) -> list[Json]:  # noqa: FBT001 - the answer
    """All of it at once: newsletter, consent, the list and a follow."""
    track = {"type": "track", "userId": "dana", **more}
    newsletter = "Newsletter Subscribed" if yes else "Newsletter Unsubscribed"
    follow = "Social Followed" if yes else "Social Unfollowed"
    listed = "Customer Unsuppressed" if yes else "Customer Suppressed"
    return [
        track | {"event": newsletter},
        track | {"type": "identify", "traits": {"consent": yes, "likes": yes}},
        track | {"event": listed},
        track | {"event": follow, "properties": {"network": "x"}},
    ]


def values(messages: Sequence[Json], at: datetime, sent_at: str | None = None) -> list[bytes]:
    """What the API makes of a batch."""
    found = []
    for message in messages:
        batch = batch_in(wrapped(message))
        sent = None if sent_at is None else datetime.fromisoformat(sent_at)
        arrival = Arrival(at, lambda: f"api-{next(NUMBERS)}", sent)
        verdict = validate(batch.events[0], None, arrival, VALIDATOR)
        assert isinstance(verdict, Taken), verdict
        found.append(verdict.value)
    return found


def after(*batches: tuple[Sequence[bytes], datetime]) -> Person:
    """Who it is after batches that reached Kafka at these times, read together later."""
    shelf = Shelf(now=from_datetime(NOW + timedelta(hours=1)))
    records = [
        record(value, offset=place * 100 + number, stamp=int(at.timestamp() * 1000))
        for place, (batch, at) in enumerate(batches)
        for number, value in enumerate(batch)
    ]
    shelf.take(records)
    return shelf.row(b"dana").history.person


def latest_words(person: Person) -> tuple[bool, ...]:
    """Everything of which there was a word."""
    listed = is_suppressed(person.suppression)
    trait = person.trait("likes") is True
    return person.subscribed, person.consents, trait, person.following, not listed


@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize("later", [timedelta(0), timedelta(milliseconds=1), timedelta(seconds=2)])
@pytest.mark.parametrize(
    ("sent_at", "claimed"),
    [(None, AHEAD), (timedelta(0), AHEAD), (-AHEAD, timedelta(0)), (AHEAD, 2 * AHEAD)],
)
def test_a_word_of_tomorrow_loses_to_one_without_a_time(
    later: timedelta, sent_at: timedelta | None, claimed: timedelta, *, yes: bool
) -> None:
    """Whether the time itself is ahead, or becomes so by what the sender says of its clock."""
    claimed_messages = answers(not yes, timestamp=(NOW + claimed).isoformat())
    first = values(claimed_messages, NOW, None if sent_at is None else (NOW + sent_at).isoformat())
    second = values(answers(yes), NOW + later)
    at = NOW + timedelta(milliseconds=5)  # What is taken in takes a while to reach Kafka.

    assert latest_words(after((first, at), (second, at + later))) == (yes,) * 5


@pytest.mark.parametrize("yes", [True, False])
def test_of_one_batch_the_last_word_counts(*, yes: bool) -> None:
    """None of them says when: they arrive at once."""
    batch = values([*answers(not yes), *answers(yes)], NOW)

    assert latest_words(after((batch, NOW))) == (yes,) * 5


def test_who_is_put_on_the_list_is_on_it() -> None:
    """Whatever came before: another machine, whose clock is ahead, has taken them off it."""
    off = values(answers(yes=True, timestamp=(NOW + AHEAD).isoformat()), NOW)
    on = suppression_record("dana", suppressed=True, reason=None, message_id="s-1").value

    assert is_suppressed(after((off, NOW), ([on], NOW)).suppression)
