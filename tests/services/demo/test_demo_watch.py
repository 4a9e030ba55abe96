"""The demo goes on until the API shows its end, and gives up if nothing moves any more."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import Any

import httpx
import pytest

from services.demo.api import Api
from services.demo.scene import Scene
from services.demo.signposts import signposts
from services.demo.subscriber import Subscriber
from services.demo.watch import Watcher
from services.faults import FaultError
from tests.services.demo.scenes import TRIGGER

EMPTY: dict[str, Any] = {"items": [], "next": None, "as_of": None}
END = datetime(1998, 7, 1, tzinfo=UTC)
AWAY = httpx.Response(503, json={"detail": "Redis is away"})


def at(as_of: str | None) -> httpx.Response:
    counts = {"customers": 2, "segment": {"new": 2}, "stage": {}, "tier": {}, "care": {}}
    return httpx.Response(200, json={**counts, "as_of": as_of})


def page(*items: Any) -> httpx.Response:
    return httpx.Response(200, json={"items": items, "next": "c", "as_of": None})


@dataclass
class Stage:
    """An API that answers as it is told, time that passes by waiting, and an audience."""

    segments: Iterator[httpx.Response]
    triggers: Iterator[httpx.Response] = field(default_factory=lambda: repeat(page()))
    now: float = 0.0
    seen: list[Scene] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        return next(self.segments if request.url.path == "/v1/segments" else self.triggers)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def show(self, scene: Scene) -> None:
        self.seen.append(scene)

    def say(self, line: str) -> None:
        raise AssertionError(line)

    def leave(self) -> None:
        raise AssertionError

    async def watch(self) -> None:
        transport = httpx.MockTransport(self.answer)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            watcher = Watcher(Api("http://api", http), Subscriber("nowhere:1", 2), self)
            await watcher.until(END, lambda: self.now, self.sleep)


async def test_it_watches_until_the_end_is_shown() -> None:
    answers = [at(None), at("1997-01-02T00:00:00Z"), at("1998-06-30T00:00:00Z")]
    stage = Stage(iter([*answers, at("1998-07-01T00:00:00Z")]))
    await stage.watch()
    assert [scene.now and scene.now.month for scene in stage.seen] == [None, 1, 6, 7]
    assert stage.seen[-1].customers == 2


async def test_an_api_that_is_away_for_a_while_is_waited_for() -> None:
    stage = Stage(iter([at("1997-01-02T00:00:00Z"), AWAY, AWAY, at("1998-07-01T00:00:00Z")]))
    await stage.watch()
    assert len(stage.seen) == 2


async def test_the_latest_triggers_are_kept_the_newest_first() -> None:
    items = [
        json.loads(TRIGGER.model_copy(update={"trigger_id": f"t-{n}"}).model_dump_json())
        for n in range(20)
    ]
    stage = Stage(iter([at("1998-07-01T00:00:00Z")]), iter([page(*items)]))
    await stage.watch()
    assert [each.trigger_id for each in stage.seen[0].latest] == [
        f"t-{n}" for n in range(19, 11, -1)
    ]


async def test_when_nothing_moves_any_more_it_says_so() -> None:
    stage = Stage(chain([at("1997-01-02T00:00:00Z")], repeat(AWAY)))
    with pytest.raises(FaultError, match=r"Nothing has moved for 120 s.*1997-01-02"):
        await stage.watch()
    assert 120 < stage.now < 125


@pytest.fixture
async def nobody() -> AsyncIterator[Api]:
    """An API that knows nobody."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=EMPTY))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8123") as http:
        yield Api("http://127.0.0.1:8123", http)


async def test_there_are_three_curl_lines_even_if_nobody_is_at_risk(nobody: Api) -> None:
    curls = [line for line in await signposts(nobody, "anna") if line.startswith("curl")]
    assert curls == [
        "curl -s 'http://127.0.0.1:8123/v1/customers/anna'",
        "curl -s 'http://127.0.0.1:8123/v1/customers/anna/why'",
        "curl -s 'http://127.0.0.1:8123/v1/triggers?rule=win_back&limit=3'",
    ]
