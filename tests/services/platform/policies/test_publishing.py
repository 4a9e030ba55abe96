"""Of publishers at the same time exactly one wins, on a real Kafka."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from schemas.policy import load_default_policy
from schemas.policy.load import PolicySource
from schemas.policy_publication import PolicyPublication
from schemas.topics import POLICIES
from services.platform.faults import FaultError
from services.platform.kafka.clients import close_client, new_producer, start_client
from services.platform.policies.publications import Publications, fetch_publications
from services.platform.policies.publisher import (
    LARGEST,
    TRANSACTIONAL_ID,
    Draft,
    FencedPublisherError,
    OutdatedDraftError,
    TooLargePolicyError,
    publish,
)
from tests.schemas.policies import SMALL, small
from tests.schemas.policies import policy as parsed
from tests.topology.batching.kafka import administration
from topology.batching.security import OPEN

pytestmark = [pytest.mark.e2e]

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
DEFAULT = load_default_policy().version
ROUNDS = 20


def draft(number: int, by: str = "anna", **more: object) -> Draft:
    """A policy of its own for each number."""
    text = small("window: 365 days", f"window: {100 + number} days")
    return Draft(parsed(text).version, PolicySource(text, {}), published_by=by, **more)  # type: ignore[arg-type]


async def published(kafka: str, one: Draft, known: Publications) -> PolicyPublication:
    return await publish(kafka, OPEN, one, known, lambda: NOW)


async def test_the_first_one_replaces_the_default_policy(kafka: str) -> None:
    """The next one replaces the first one. Each is kept, with all that was given."""
    nothing = await fetch_publications(kafka, OPEN)
    assert nothing == Publications()
    first = await published(kafka, draft(1, note="less", trial_id="trial-7"), nothing)
    assert (first.revision, first.replaces, first.published_by) == (1, DEFAULT, "anna")
    assert (first.note, first.trial_id, first.published_at) == ("less", "trial-7", NOW)
    assert first.in_force_from == NOW + timedelta(seconds=5)
    then = await fetch_publications(kafka, OPEN)
    second = await published(kafka, draft(2, in_force_from=NOW), then)
    assert (second.revision, second.replaces, second.in_force_from) == (2, first.version, NOW)
    again = await published(kafka, draft(1), await fetch_publications(kafka, OPEN))
    assert (again.revision, again.version, again.replaces) == (3, first.version, second.version)
    assert (await fetch_publications(kafka, OPEN)).readable == (first, second, again)


async def test_whoever_knows_less_than_there_is_learns_who_was_first(kafka: str) -> None:
    """The message names who published what and when, and what to do."""
    nothing = Publications()
    first = await published(kafka, draft(1, by="ben"), nothing)
    with pytest.raises(OutdatedDraftError) as refused:
        await published(kafka, draft(2), nothing)
    assert f"ben published version {first.version} at 2026-11-30 09:00:00 UTC" in str(refused.value)
    assert f"policy diff {DEFAULT} {first.version}" in str(refused.value)
    assert (await fetch_publications(kafka, OPEN)).readable == (first,)


async def test_of_two_at_the_same_time_exactly_one_wins(kafka: str) -> None:
    """In each of many rounds; the other gets an error, and has published nothing."""
    for number in range(ROUNDS):
        known = await fetch_publications(kafka, OPEN)
        both = [draft(2 * number, "anna"), draft(2 * number + 1, "ben")]
        ended = await asyncio.gather(
            *(published(kafka, each, known) for each in both), return_exceptions=True
        )
        won = [each for each in ended if isinstance(each, PolicyPublication)]
        lost = [each for each in ended if isinstance(each, FaultError)]
        assert (len(won), len(lost)) == (1, 1), ended
        assert isinstance(lost[0], OutdatedDraftError | FencedPublisherError)
        assert f"{won[0].published_by} published version {won[0].version}" in str(lost[0])
        assert (await fetch_publications(kafka, OPEN)).readable == (*known.readable, *won)


async def test_a_publisher_that_died_in_its_transaction_holds_up_nobody(kafka: str) -> None:
    """The next one fences it, and its record is never read."""
    dead = new_producer(kafka, OPEN, transactional_id=TRANSACTIONAL_ID)
    await start_client(dead)
    await dead.begin_transaction()
    await dead.send_and_wait(POLICIES, b"half", b"1", partition=0)
    try:
        first = await published(kafka, draft(1), Publications())
        assert (await fetch_publications(kafka, OPEN)).readable == (first,)
    finally:
        await close_client(dead)


async def test_broken_records_count_as_revisions_and_stop_nobody(kafka: str) -> None:
    """They are named, and the next publication has a number of its own."""
    producer = new_producer(kafka, OPEN)
    await start_client(producer)
    for key, value in ((b"4", b"{}"), (b"x", b"no JSON"), (b"2", b'{"revision": 7}')):
        await producer.send_and_wait(POLICIES, value, key, partition=0)
    await close_client(producer)
    found = await fetch_publications(kafka, OPEN)
    assert set(found.broken) == {"4", "x", "2"}
    assert found.broken["4"] == "revision: Field required"
    assert (await published(kafka, draft(1), found)).revision == 5


async def test_a_policy_that_fits_into_no_record_is_refused(kafka: str) -> None:
    """With its size; a large one that fits is published."""
    source = PolicySource(SMALL, {"rates.csv": "x" * LARGEST})
    with pytest.raises(TooLargePolicyError, match=r"15\.0 MiB"):
        await published(kafka, Draft("0" * 12, source), Publications())
    source = PolicySource(SMALL, {"rates.csv": "x" * (LARGEST - 10_000)})
    await published(kafka, Draft("0" * 12, source), Publications())


async def test_without_the_topic_there_are_no_publications(kafka: str) -> None:
    """A fresh Kafka is asked for nothing that it does not have."""
    async with administration(kafka) as admin:
        await admin.delete_topics([POLICIES])
    assert await fetch_publications(kafka, OPEN) == Publications()
