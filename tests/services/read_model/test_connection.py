"""Whoever uses the read model meets one error while Redis is away, and none of redis-py's."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import pytest
import structlog

from services.platform.outage import Outage
from services.platform.redact import text_of
from services.read_model.connection import ReadModelAwayError, check_server, server_info
from services.read_model.counts import find_shared_ids
from services.read_model.keys import Keys
from services.read_model.reader import ReadModel, open_read_model
from services.read_model.writer import Writer, open_writer
from tests.services.projector.world import World

NOBODY: Final = "redis://127.0.0.1:1/0"
NO_TIME_S: Final = 0.5


@pytest.fixture
async def model() -> AsyncIterator[ReadModel]:
    """A read model in a Redis that is not there."""
    outage = Outage(structlog.get_logger(), "redis")
    async with open_read_model(NOBODY, "any", None, outage, lambda _: None) as model:
        yield model


async def open_for_writing() -> None:
    async with open_writer(NOBODY, None, Keys.of("any"), "token"):
        raise AssertionError("it opened")


async def test_a_read_fails_with_the_text_of_redis(model: ReadModel) -> None:
    """The text names nobody, so a log may show it."""
    with pytest.raises(ReadModelAwayError, match=r"127\.0\.0\.1") as caught:
        await model.ask()
    assert text_of(caught.value) == str(caught.value)


@pytest.mark.parametrize(
    "use",
    [
        open_for_writing,
        lambda: check_server(NOBODY, None, NO_TIME_S),
        lambda: server_info(NOBODY, None, NO_TIME_S),
        lambda: find_shared_ids(NOBODY, "any", None, 5),
    ],
)
async def test_everything_else_fails_the_same_way(use: Callable[[], Awaitable[object]]) -> None:
    with pytest.raises(ReadModelAwayError):
        await use()


async def test_a_redis_that_refuses_is_away_for_the_writer(writer: Writer, bare: World) -> None:
    """Such as one that is full, or that has another kind of value under a key."""
    await bare.redis.set(bare.keys.offsets, "no hash")
    with pytest.raises(ReadModelAwayError, match="WRONGTYPE"):
        await writer.offsets()


async def test_a_url_that_is_none_is_no_outage() -> None:
    with pytest.raises(ValueError, match="scheme"):
        await check_server("http://127.0.0.1:1", None, NO_TIME_S)
