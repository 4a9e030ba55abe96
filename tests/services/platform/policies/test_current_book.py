"""Roles that only read have the policy in force, too, without a restart."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from httpx import AsyncClient

from schemas.policy import load_default_policy
from schemas.policy.load import PolicySource
from schemas.policy_publication import PolicyPublication
from services.platform.policies.current_book import CurrentBook, open_current_book
from services.platform.policies.publications import fetch_publications
from services.platform.policies.publisher import Draft, publish
from services.platform.settings import Settings
from services.tools.local_stack import Addresses
from services.tools.local_stack.ports import free_port
from tests.schemas.policies import SMALL, small
from tests.schemas.policies import policy as parsed
from tests.services.worker.around import answering
from tests.topology.batching.kafka import eventually
from tests.waits import LONGEST_WAIT_S
from topology.batching.security import OPEN

pytestmark = [pytest.mark.e2e]

DEFAULT = load_default_policy().version
OTHER = small("window: 365 days", "window: 366 days")


def utc_now() -> datetime:
    return datetime.now(UTC)


async def published(kafka: str, text: str, after: timedelta) -> PolicyPublication:
    known = await fetch_publications(kafka, OPEN)
    draft = Draft(parsed(text).version, PolicySource(text, {}), utc_now() + after)
    return await publish(kafka, OPEN, draft, known, utc_now)


def has(book: CurrentBook, version: str) -> Callable[[], bool]:
    return lambda: book().version == version


async def test_the_book_is_that_of_the_policy_in_force(kafka: str, tmp_path: Path) -> None:
    """It changes at the instant of each publication, and not with the publication."""
    settings = Settings(data_dir=tmp_path, app_id="policies")
    async with open_current_book(settings, kafka) as book:
        assert book().version == DEFAULT
        first = await published(kafka, SMALL, timedelta())
        await eventually(has(book, first.version), "the first is in force")
        later = await published(kafka, OTHER, timedelta(seconds=3))
        await asyncio.sleep(0.5)
        if utc_now() < later.in_force_from:
            assert book().version == first.version
        await eventually(has(book, later.version), "the later one is in force")
        assert utc_now() >= later.in_force_from
    async with open_current_book(settings, kafka) as book:
        assert book().version == later.version, "also after a restart"
    (tmp_path / "mine.yaml").write_text(SMALL)
    with_file = settings.model_copy(update={"policy": tmp_path / "mine.yaml"})
    async with open_current_book(with_file, kafka) as book:
        assert book().version == first.version, "the file wins"


async def test_while_kafka_is_away_it_is_the_default_policy() -> None:
    """The role starts, and follows once Kafka answers."""
    async with open_current_book(Settings(app_id="policies"), f"127.0.0.1:{free_port()}") as book:
        assert book().version == DEFAULT


async def test_the_api_answers_by_the_policy_in_force(
    kafka: str, stack: Addresses, tmp_path: Path
) -> None:
    """Its segments are those of the published policy, without a restart."""
    settings = Settings(data_dir=tmp_path, app_id="policies", api_port=free_port())
    async with answering(settings, kafka=kafka, redis=stack.redis) as client:
        await until_segments(client, lambda names: "champions" in names)
        await published(kafka, SMALL, timedelta())
        await until_segments(client, lambda names: names == {"none", "here", "away"})


async def until_segments(client: AsyncClient, holds: Callable[[set[str]], bool]) -> None:
    """Wait until the API lists such segments."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        while not holds(set((await client.get("/v1/segments")).json().get("segment", {}))):
            await asyncio.sleep(0.1)
